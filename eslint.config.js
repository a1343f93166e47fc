import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import ts from "typescript-eslint";

/** Redundant forms: `...{ a, b }` is `a, b`, and a template converts its values to strings by itself. */
const EMPTY_FORMS = [
  {
    selector: ":matches(SpreadElement, JSXSpreadAttribute) > :matches(ObjectExpression, ArrayExpression)",
    message: "Write the parts themselves, a literal needs no spread.",
  },
  {
    selector: "TemplateLiteral > CallExpression[callee.name='String'][arguments.length=1]",
    message: "Leave String() out, a template makes a string of what it holds.",
  },
];

export default ts.config(
  { ignores: ["dist", "public", "node_modules", "test-results", "playwright-report", "tests/hostile/cases"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  hooks.configs.flat["recommended-latest"] ?? {},
  {
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", ignoreRestSiblings: true }],
      "@typescript-eslint/no-extraneous-class": "off",
      "@typescript-eslint/unified-signatures": "off",
      "@typescript-eslint/consistent-type-definitions": "off",
      "no-console": "error",
      "no-restricted-syntax": ["error", ...EMPTY_FORMS],
      eqeqeq: "error",
    },
  },
  { files: ["scripts/**", "bench/**", "tests/**", "*.config.*"], rules: { "no-console": "off" } },
  // ESLint does not know the globals of plain JavaScript, so they are listed; in TypeScript the compiler checks them.
  {
    files: ["**/*.mjs"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        URL: "readonly",
        setInterval: "readonly",
        clearInterval: "readonly",
      },
    },
  },
  { files: ["**/*.test.ts", "tests/**"], rules: { "@typescript-eslint/no-non-null-assertion": "off" } },
);

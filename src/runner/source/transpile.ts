// From train.ts to the JavaScript a trainer evaluates: types stripped, imports bound, loops guarded, and every line
// still where the researcher wrote it. Runs on the trusted side, so a syntax error never reaches the sandbox.
import { parser } from "@lezer/javascript";
import type { SyntaxNode } from "@lezer/common";
import { transform } from "sucrase";
import { LabError, messageOf } from "../../error.ts";
import { instrument, type Edit } from "./instrument.ts";
import { lineFinder, oneBreak } from "./places.ts";

/** The fixed properties of a file that a researcher writes. */
export interface Dialect {
  /** Its name in messages and stacks. */
  readonly file: string;
  /** The modules that it may import. */
  readonly modules: readonly string[];
  /** The names that it declares for the lab. Running it returns an object of them; a missing one is undefined. */
  readonly gives: readonly string[];
  /** Largest number of characters. */
  readonly most: number;
  /** More globals that each evaluation has to itself. */
  readonly own?: readonly string[];
}

const TRAIN: Dialect = { file: "train.ts", modules: ["nn", "prepare"], gives: [], most: 400_000 };

/** Globals that each evaluation of train.ts has to itself. */
const OWN = ["globalThis", "self", "setTimeout", "setInterval", "clearTimeout", "clearInterval"];
/** Through these names code learns the time; a recording has them to itself, so that their use is seen. */
const CLOCKS = ["Date", "performance", "Intl"];

/**
 * JavaScript of an ES module whose default export is `(lab) => …`, which runs train.ts. `lab` has the `globals` of this
 * evaluation, `module(name, names, line)` for imports, and the functions that `instrument` calls; the parameter has a
 * name that does not occur in train.ts, so no declaration can shadow it. Throws LabError "crash" that names
 * train.ts:LINE
 * for a syntax error or an import that does not exist. `recorded`: for a recording.
 */
export function transpile(source: string, recorded = false): string {
  return `export default ${compile(source, recorded ? { ...TRAIN, own: CLOCKS } : TRAIN)};\n//# sourceURL=${TRAIN.file}\n`;
}

/** The same function for any dialect, as the text of an expression; its promise gives an object of `dialect.gives`. */
export function compile(source: string, dialect: Dialect): string {
  const { file, most, gives, own = [] } = dialect;
  if (source.length > most) {
    throw new LabError("crash", {
      what: `${file}: too long`,
      got: `${source.length} characters`,
      expected: `at most ${most}`,
    });
  }
  // JavaScript engines count these two as line breaks; editors and git do not.
  const javascript = stripTypes(oneBreak(source), file).replace(/[\u2028\u2029]/g, " ");
  const lineAt = lineFinder(javascript);
  const lab = freeName(javascript);
  const edits: Edit[] = [];
  let imports = "";
  const tree = parser.parse(javascript);
  tree.iterate({
    enter(ref) {
      const node = ref.node;
      const fail = (what: string): never => {
        throw new LabError("crash", `${file}:${lineAt(node.from)}: ${what}`);
      };
      if (node.type.isError) fail(`syntax error near "${nearby(javascript, node.from)}"`);
      if (node.name === "DynamicImport")
        fail(`import() is not available${importable(dialect, ", only ", " at the top")}`);
      if (node.name === "ImportDeclaration") {
        imports += bindImport(javascript.slice(node.from, node.to), dialect, lab, lineAt(node.from), fail);
        edits.push(blank(javascript, node.from, node.to));
      }
      if (node.name === "ExportDeclaration") edits.push(dropExport(javascript, node));
    },
  });
  const body = apply(javascript, [...instrument(tree, javascript, lab, lineAt), ...edits]);
  const given = gives
    .map((name) => `${name}: typeof ${name} === "undefined" ? undefined : ${name}`)
    .join(", ");
  const result = gives.length === 0 ? "" : `return { ${given} };\n`;
  return `(${lab}) => (({ ${[...OWN, ...own].join(", ")} }) => async () => { ${imports}${body}\n${result}})(${lab}.globals)()`;
}

/** `, only "nn" and "prepare" at the top`; "" for a dialect without modules. */
function importable({ modules }: Dialect, before: string, after: string): string {
  const names = modules.map((name) => `"${name}"`).join(" and ");
  return names === "" ? "" : `${before}${names}${after}`;
}

function stripTypes(source: string, file: string): string {
  try {
    return transform(source, { transforms: ["typescript"], disableESTransforms: true, filePath: file }).code;
  } catch (error) {
    const message = messageOf(error);
    const found = /^(?:Error transforming [\w.-]+: )?(.*?)\s*\((\d+):\d+\)$/s.exec(message);
    throw new LabError("crash", {
      what: found === null ? `${file}: ${message}` : `${file}:${found[2]}: ${found[1]}`,
      cause: error,
    });
  }
}

/** `import { a as b } from "nn"` -> `const { a: b } = lab.module("nn", ["a"], 3);` */
function bindImport(
  text: string,
  dialect: Dialect,
  lab: string,
  line: number,
  fail: (what: string) => never,
): string {
  const found = /^import\s*(?:([\s\S]*?)\s*\bfrom\s*)?(["'])(.*?)\2/.exec(text);
  if (found === null) return fail("an import the lab does not understand");
  const [, clause, , name] = found;
  if (!dialect.modules.includes(name))
    return fail(`cannot import "${name.slice(0, 80)}"${importable(dialect, ", only ", " exist")}`);
  if (clause === undefined) return "";
  const space = /^\*\s*as\s+([\w$]+)$/.exec(clause);
  if (space !== null) return `const ${space[1]} = ${lab}.module("${name}", [], ${line}); `;
  const named = /^\{([\s\S]*)\}$/.exec(clause);
  if (named === null) return fail(`"${name}" has no default export (import * as ${name}, or { … })`);
  const pairs = named[1]
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")
    .map((item) => item.split(/\s+as\s+/));
  const names = JSON.stringify(pairs.map(([from]) => from));
  const bound = pairs.map(([from, to]) => (to === undefined ? from : `${from}: ${to}`)).join(", ");
  return `const { ${bound} } = ${lab}.module("${name}", ${names}, ${line}); `;
}

/** Removes `export` and keeps the declaration: exports have no effect here. */
function dropExport(text: string, node: SyntaxNode): Edit {
  const whole = text.slice(node.from, node.to);
  const declaration = /^export\s+(?:default\s+)?(?=(?:async\s+)?function\b|class\b|const\b|let\b|var\b)/.exec(
    whole,
  );
  if (declaration !== null) return blank(text, node.from, node.from + declaration[0].length);
  const value = /^export\s+default\b/.exec(whole);
  if (value !== null) return { from: node.from, to: node.from + value[0].length, text: "void" };
  return blank(text, node.from, node.to);
}

/** Removes text but keeps its line breaks. */
function blank(text: string, from: number, to: number): Edit {
  return { from, to, text: text.slice(from, to).replace(/[^\n]+/g, " ") };
}

/** The text with all edits; edits at one place keep their order. */
function apply(text: string, edits: readonly Edit[]): string {
  const ordered = [...edits].sort((a, b) => a.from - b.from);
  let out = "";
  let at = 0;
  for (const edit of ordered) {
    if (edit.from < at) continue; // inside text that was blanked
    out += text.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return out + text.slice(at);
}

/** A name that does not occur in the text; names spelled with escapes do not parse. */
function freeName(text: string): string {
  for (let i = 0; ; i++) if (!text.includes(`__lab${i}`)) return `__lab${i}`;
}

function nearby(text: string, offset: number): string {
  return text
    .slice(Math.max(0, offset - 12), offset + 12)
    .replace(/\s+/g, " ")
    .trim();
}

// TypeScript over a handful of in-memory files. Pure: runs in the check's worker and in the unit tests alike.
import {
  createSystem,
  createVirtualTypeScriptEnvironment,
  type VirtualTypeScriptEnvironment,
} from "@typescript/vfs";
import ts from "typescript";
import type { Diagnostic } from "../contract/lab-state.ts";
import { hintFor, type Names } from "./hint.ts";
import { manualOf } from "./manual.ts";

type Files = Readonly<Record<string, string>>;

export const FILE = "/train.ts";
const MAX_DIAGNOSTICS = 20;

// The host's names that train.ts may use. A worker has more, but the sandbox removes or disables them.
const HOST = `
declare const console: { log(...values: unknown[]): void; warn(...values: unknown[]): void; error(...values: unknown[]): void };
`;

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  allowImportingTsExtensions: true,
  noEmit: true,
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
  types: [],
  strict: true,
  skipLibCheck: true,
  paths: { nn: ["/src/nn/api.d.ts"], prepare: ["/src/prepare/api.d.ts"] },
};

/** A language service over `files` (path to text: the standard library and the declarations of `nn` and `prepare`). */
export function openEnvironment(files: Files): VirtualTypeScriptEnvironment {
  const all = new Map(Object.entries({ ...files, "/host.d.ts": HOST, [FILE]: "export {};\n" }));
  return createVirtualTypeScriptEnvironment(createSystem(all), ["/host.d.ts", FILE], ts, OPTIONS);
}

/** A text of the compiler with `nn.Tensor` in place of the path of a declaration. */
export const plainNames = (text: string): string =>
  text.replace(/typeof import\("\/src\/(\w+)\/api"\)/g, "$1").replace(/import\("\/src\/[^"]+"\)\./g, "");

/**
 * A type checker over `files` (path to text: the standard library and the declarations of `nn` and `prepare`).
 * The returned function gives the first twenty errors of a train.ts, ordered by line; lines and columns start at 1.
 */
export function typeCheck(
  files: Files,
  environment: VirtualTypeScriptEnvironment = openEnvironment(files),
): (source: string) => Diagnostic[] {
  const names = namesOf(manualOf(files));
  return (source) => {
    environment.updateFile(FILE, source === "" ? "\n" : source);
    const service = environment.languageService;
    const found = [...service.getSyntacticDiagnostics(FILE), ...service.getSemanticDiagnostics(FILE)];
    const negated = negatedTensors(service.getProgram());
    const wrong = found
      .filter((d) => d.category === ts.DiagnosticCategory.Error)
      .sort((a, b) => (a.start ?? 0) - (b.start ?? 0))
      .slice(0, MAX_DIAGNOSTICS)
      .map((d) => {
        const at =
          d.file && d.start !== undefined
            ? d.file.getLineAndCharacterOfPosition(d.start)
            : { line: 0, character: 0 };
        const message = plainNames(ts.flattenDiagnosticMessageText(d.messageText, " "));
        const hint = d.file ? hintFor(d.file, d.start ?? 0, message, names) : "";
        return {
          line: at.line + 1,
          column: at.character + 1,
          message: hint === "" ? message : `${message} (${hint})`,
        };
      });
    return [...wrong, ...negated]
      .sort((a, b) => a.line - b.line || a.column - b.column)
      .slice(0, MAX_DIAGNOSTICS);
  };
}

/** Errors for `-x` of a tensor, which is NaN: TypeScript allows the minus sign before any value. */
function negatedTensors(program: ts.Program | undefined): Diagnostic[] {
  const file = program?.getSourceFile(FILE);
  if (!program || !file) return [];
  const checker = program.getTypeChecker();
  const found: Diagnostic[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
      const name = checker.getTypeAtLocation(node.operand).symbol?.name;
      if (name === "Tensor") {
        const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
        const operand = node.operand.getText(file);
        const message = `Operator '-' cannot be applied to a tensor (write ${operand.length > 40 ? "(…)" : operand}.neg())`;
        found.push({ line: line + 1, column: character + 1, message });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The names that the manual declares. */
function namesOf(manual: string): Names {
  const [nn = ""] = manual.split('// from "prepare"');
  const [, tensor = ""] = /class Tensor \{([\s\S]*?)\n\}/.exec(nn) ?? [];
  const all = (text: string, pattern: RegExp) =>
    new Set([...text.matchAll(pattern)].map(([, name = ""]) => name));
  return {
    nn: all(nn, /^export (?:declare )?(?:function|class|const) (\w+)/gm),
    tensor: all(tensor, /^ {4}(?:get )?(\w+)[(:]/gm),
  };
}

// Generates a kernel from a file in shaders/. The file is WGSL with directives in comments: `override` constants can
// neither size a function-scope array nor change an element type.
//
//   const ROWS = 4u;                          a default; `constants` gives another value
//   f(); // @if ROWS > 1u                     a line that is kept only if the condition on constants holds
//   // @include lanes                         the text of another file of shaders/
//   // @unroll                                the `for` on the next line is unrolled
//   var sums: array<f32, ROWS>; // @registers becomes ROWS variables; indices must be constant once unrolled
//   // @region epilogue ... // @end           lines that `regions` may replace
//   let value = 0.0; // @generated element    a line that code of `regions` replaces; the code must declare `value`
//
// An `if` with a constant condition keeps only its taken branch. If conditions drop bindings, the rest are renumbered
// in order. Constants can also become numbers that the kernel reads at run time (runtime-constants.ts), so that all
// shapes share one pipeline where compiling is slow. The last line of the result is a comment that maps its lines to
// those of the file (line-map.ts).
import { Memo } from "../../../memo.ts";
import { LabError } from "../../../error.ts";
import { type Constants, evaluate } from "./fold-constants.ts";
import { Expansion, type Line } from "./unroll.ts";
import { encodeLines } from "./line-map.ts";
import { readSizes, type Sizes } from "./runtime-constants.ts";

/** A list holds the elements of an array, each a number or a vector. */
export type Constant = number | boolean | readonly (number | readonly number[])[];

interface Specialisation {
  readonly constants?: Readonly<Record<string, Constant>>;
  /** Texts of included files, by the name in `// @include`. */
  readonly includes?: Readonly<Record<string, string>>;
  readonly regions?: Readonly<Record<string, string>>;
  /** Constants that the kernel reads at run time instead. */
  readonly sizes?: Sizes;
}

// Every layer and every new plan needs the same kernels, and expanding one takes milliseconds.
const known = new Memo<string>(2000);

/** The WGSL of `text` (the file `file`) under the given constants and regions. */
export function specialise(file: string, text: string, specialisation: Specialisation): string {
  const key = `${file}\n${JSON.stringify(specialisation)}\n${text}`;
  return known.get(key, () => expand(file, text, specialisation));
}

function expand(file: string, text: string, specialisation: Specialisation): string {
  const { constants = {}, includes = {}, regions = {}, sizes } = specialisation;
  const lines = replaceRegions(file, include(file, readLines(text), includes), regions);
  const known = new Map<string, number | boolean>();
  const unused = new Set(Object.keys(constants));
  const fixed = lines.map((line) => {
    const match = /^const (\w+)(\s*:\s*\w+)? = (.+);$/.exec(line.text);
    if (match === null) return line;
    const [, name, type = "", initial] = match;
    const given = constants[name];
    unused.delete(name);
    const value = given === undefined ? initial : literalLike(initial, type, given);
    const number = evaluate(value, known);
    if (number !== null && holds(file, line, known)) known.set(name, number);
    return { ...line, text: `const ${name}${type.replace(/\s/g, "")} = ${value};` };
  });
  if (unused.size > 0) throw new LabError("internal", `${file} has no constant ${[...unused].join(", ")}`);
  const kept = numberBindings(fixed, (line) => holds(file, line, known));
  const output: Line[] = [];
  const ready = sizes ? readSizes(kept, sizes, known) : kept;
  new Expansion(file, known, output).run(ready, new Map());
  return `${output.map((line) => line.text).join("\n")}\n${encodeLines(output.map((line) => line.source))}`;
}

/** Whether the condition on a line holds, if it has one. */
function holds(file: string, { directive, source }: Line, known: Constants): boolean {
  if (!directive.startsWith("if ")) return true;
  const value = evaluate(directive.slice(3), known);
  if (typeof value !== "boolean")
    throw new LabError("internal", `${file}:${source}: ${directive.slice(3)} is not known`);
  return value;
}

const BINDING = /^(@group\(0\) @binding\()\d+/;

/** The lines that `keep` accepts. If that drops a binding, the remaining bindings are renumbered in order. */
function numberBindings(lines: readonly Line[], keep: (line: Line) => boolean): Line[] {
  const kept = lines.filter(keep);
  const bindings = (all: readonly Line[]) => all.filter(({ text }) => BINDING.test(text)).length;
  if (bindings(kept) === bindings(lines)) return kept;
  let next = 0;
  return kept.map((line) => ({
    ...line,
    text: line.text.replace(BINDING, (_, head: string) => `${head}${next++}`),
  }));
}

/** Replaces `// @include` lines by the included texts. */
function include(file: string, lines: readonly Line[], texts: Readonly<Record<string, string>>): Line[] {
  return lines.flatMap((line) => {
    if (!line.directive.startsWith("include ")) return [line];
    const name = line.directive.slice(8);
    if (!Object.hasOwn(texts, name))
      throw new LabError("internal", `${file} includes ${name}, which is not given`);
    return readLines(texts[name]).map((included) => ({ ...included, source: line.source }));
  });
}

/** Lines without comments and indentation, with the directive of their `// @...`. */
function readLines(text: string): Line[] {
  return text.split("\n").flatMap((line, i) => {
    const directive = /\/\/ @(\w+(?: .+?)?)\s*$/.exec(line)?.[1] ?? "";
    const code = line.replace(/\/\/.*$/, "").trim();
    return code === "" && directive === "" ? [] : [{ text: code, directive, source: i + 1 }];
  });
}

function replaceRegions(
  file: string,
  lines: readonly Line[],
  regions: Readonly<Record<string, string>>,
): Line[] {
  const result: Line[] = [];
  const unused = new Set(Object.keys(regions));
  let skipping = false;
  for (const line of lines) {
    const [kind, name] = line.directive.split(" ");
    if (kind === "region" || kind === "generated") {
      const replacement = Object.hasOwn(regions, name) ? regions[name] : undefined;
      unused.delete(name);
      if (kind === "region") skipping = replacement !== undefined;
      else if (replacement === undefined) result.push({ ...line, directive: "" });
      for (const text of replacement?.split("\n") ?? []) {
        if (text.trim() !== "") result.push({ text: text.trim(), directive: "", source: line.source });
      }
    } else if (line.directive === "end") {
      skipping = false;
    } else if (!skipping) {
      result.push(line);
    }
  }
  if (unused.size > 0) throw new LabError("internal", `${file} has no region ${[...unused].join(", ")}`);
  return result;
}

/** Formats `value` like the default that it replaces: with its suffix, or as a float. */
function literalLike(initial: string, type: string, value: Constant): string {
  if (typeof value === "object") {
    const [head, element] = /^array<(\w+), [^>]+>/.exec(initial) ?? ["", ""];
    const each = value.map((x) =>
      typeof x === "number" ? `${x}u` : `${element}(${x.map(exact).join(", ")})`,
    );
    return `${head}(${each.join(", ")})`;
  }
  if (typeof value === "boolean") return String(value);
  if (/\bf32\b/.test(type) || /[.f]/.test(initial.replace(/\b\d+u\b/g, ""))) {
    return /[.e]/.test(String(value)) ? `${value}` : `${value}.0`;
  }
  return initial.endsWith("i") || /i32/.test(type) ? `${value}i` : `${value}u`;
}

/** Text that parses to exactly the f32 nearest to `x`. */
function exact(x: number): string {
  return Math.fround(x).toExponential();
}

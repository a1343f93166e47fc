// Makes a kernel of a file in shaders/. The file is plain WGSL that compiles by itself; four comments say what may
// be changed, because `override` constants can size no function-scope array and change no element type:
//
//   const ROWS = 4u;                          a default; `constants` gives another value
//   // @unroll                                the `for` on the next line is written out
//   var sums: array<f32, ROWS>; // @registers becomes ROWS variables; indices must be constant once unrolled
//   // @region epilogue ... // @end           lines that `regions` may replace
//
// and an `if` whose condition is constant keeps only its taken branch. Constants may also become numbers that are read
// when the kernel runs (runtime-constants.ts), so that all shapes share one pipeline where compiling is dear. The last line of the
// result is a comment that maps its lines back to the file's (line-map.ts).
import { LabError } from "../../../error.ts";
import { evaluate } from "./fold-constants.ts";
import { Expansion, type Line } from "./unroll.ts";
import { encodeLines } from "./line-map.ts";
import { readSizes, type Sizes } from "./runtime-constants.ts";

export interface Specialisation {
  readonly constants?: Readonly<Record<string, number | boolean>>;
  readonly regions?: Readonly<Record<string, string>>;
  /** Constants to read at run time instead. */
  readonly sizes?: Sizes;
}

// A step asks for the same kernel in every layer and in every new plan, and expanding one takes milliseconds.
const known = new Map<string, string>();
const MOST_KNOWN = 2000;

/** The WGSL of `text` (the file `file`) under the given constants and regions. */
export function specialise(file: string, text: string, specialisation: Specialisation): string {
  const key = `${file}\n${JSON.stringify(specialisation)}\n${text}`;
  let wgsl = known.get(key);
  if (wgsl === undefined) {
    if (known.size >= MOST_KNOWN) known.clear();
    wgsl = expand(file, text, specialisation);
    known.set(key, wgsl);
  }
  return wgsl;
}

function expand(file: string, text: string, { constants = {}, regions = {}, sizes }: Specialisation): string {
  const lines = replaceRegions(file, readLines(text), regions);
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
    if (number !== null) known.set(name, number);
    return { ...line, text: `const ${name}${type.replace(/\s/g, "")} = ${value};` };
  });
  if (unused.size > 0) throw new LabError("internal", `${file} has no constant ${[...unused].join(", ")}`);
  const output: Line[] = [];
  const ready = sizes ? readSizes(fixed, sizes, known) : fixed;
  new Expansion(file, known, output).run(ready, new Map());
  return `${output.map((line) => line.text).join("\n")}\n${encodeLines(output.map((line) => line.source))}`;
}

/** Lines without comments and indentation, and what their `// @...` said. */
function readLines(text: string): Line[] {
  return text.split("\n").flatMap((line, i) => {
    const directive = /\/\/ @(\w+(?: \w+)?)\s*$/.exec(line)?.[1] ?? "";
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
    const name = line.directive.startsWith("region ") ? line.directive.slice(7) : null;
    if (name !== null) {
      const replacement = regions[name];
      unused.delete(name);
      skipping = replacement !== undefined;
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

/** Writes `value` the way the default was written: with its suffix, or as a float. */
function literalLike(initial: string, type: string, value: number | boolean): string {
  if (typeof value === "boolean") return String(value);
  if (/\bf32\b/.test(type) || /[.f]/.test(initial.replace(/\b\d+u\b/g, ""))) {
    return /[.e]/.test(String(value)) ? `${value}` : `${value}.0`;
  }
  return initial.endsWith("i") || /i32/.test(type) ? `${value}i` : `${value}u`;
}

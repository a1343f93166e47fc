// Makes a kernel of a file in shaders/. The file is plain WGSL that compiles by itself; four comments say what may
// be changed, because `override` constants can size no function-scope array and change no element type:
//
//   const ROWS = 4u;                          a default; `constants` gives another value
//   // @unroll                                the `for` on the next line is written out
//   var sums: array<f32, ROWS>; // @registers becomes ROWS variables; indices must be constant once unrolled
//   // @region epilogue ... // @end           lines that `regions` may replace
//
// and an `if` whose condition is constant keeps only its taken branch. Constants may also become numbers that are read
// when the kernel runs (`sizes`), so that all shapes share one pipeline where compiling is dear. The last line of the result is a comment
// that maps its lines back to the file's, so that a compile error can name them (`sourceLine`).
import { LabError } from "../../error.ts";
import { type Constants, evaluate } from "./constant.ts";

export interface Specialisation {
  readonly constants?: Readonly<Record<string, number | boolean>>;
  readonly regions?: Readonly<Record<string, string>>;
  /** Constants to read at run time instead. */
  readonly sizes?: Sizes;
}

/** Constants that lie in the uniform `numbers`, in this order, behind the numbers the kernel reads anyway. */
export interface Sizes {
  readonly names: readonly string[];
  /** Numbers before them. */
  readonly numbers: number;
  /** Where the uniform is bound. */
  readonly binding: number;
}

interface Line {
  readonly text: string;
  readonly directive: string;
  /** One-based line of the file. */
  readonly source: number;
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
    const [, name = "", type = "", initial = ""] = match;
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
  return `${output.map((line) => line.text).join("\n")}\n${encodeMap(output.map((line) => line.source))}`;
}

/**
 * Makes the constants named, and those computed from them, `let`s of every function that uses them, read from the
 * uniform: there the compiler knows that all invocations see the same, which a variable would hide from it.
 */
function readSizes(lines: readonly Line[], sizes: Sizes, known: Map<string, number | boolean>): Line[] {
  const { names, numbers, binding } = sizes;
  const made = new Map<string, string>();
  const words = (text: string) => text.split(/\W+/);
  const rest = lines.filter(({ text }) => {
    const [, name = "", value = ""] = /^const (\w+)(?::\w+)? = (.+);$/.exec(text) ?? [];
    const slot = numbers + names.indexOf(name);
    if (names.includes(name)) made.set(name, `u32(numbers[${slot >> 2}].${"xyzw"[slot & 3] ?? ""})`);
    else if (words(value).some((word) => made.has(word))) made.set(name, value);
    else return !text.includes("var<uniform> numbers:");
    known.delete(name);
    return false;
  });
  const length = Math.ceil((numbers + names.length) / 4);
  const uniform = `@group(0) @binding(${binding}) var<uniform> numbers: array<vec4f, ${length}>;`;
  const result: Line[] = [];
  for (let i = 0; i < rest.length; i++) {
    const line = rest[i];
    if (!line) break;
    if (line.text.startsWith("@compute")) result.push({ ...line, text: uniform });
    result.push(line);
    if (!/^(fn |\) .*\{$)/.test(line.text) || !line.text.endsWith("{")) continue;
    const end = rest.findIndex(({ text }, at) => at > i && text.startsWith("fn "));
    const used = new Set(rest.slice(i, end < 0 ? undefined : end).flatMap(({ text }) => words(text)));
    for (const [name, value] of [...made].reverse())
      if (used.has(name)) words(value).forEach((w) => used.add(w));
    for (const [name, value] of made)
      if (used.has(name)) result.push({ ...line, text: `let ${name} = ${value};` });
  }
  return result;
}

/** The line of the shaders/ file that line `line` (one-based) of a specialised text came from, or null. */
export function sourceLine(wgsl: string, line: number): number | null {
  const map = /\n\/\/@lines ([\d+x ]*)$/.exec(wgsl)?.[1];
  let left = line - 1;
  for (const run of map?.split(" ") ?? []) {
    const [first = 0, count = 0] = run.split(/[+x]/).map(Number);
    if (left < count) return run.includes("+") ? first + left : first;
    left -= count;
  }
  return null;
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

class Expansion {
  readonly file: string;
  readonly known: Constants;
  readonly output: Line[];
  /** Arrays of the current function that became variables, by name. */
  readonly registers = new Set<string>();
  constructor(file: string, known: Constants, output: Line[]) {
    this.file = file;
    this.known = known;
    this.output = output;
  }

  /** Appends `lines` with the unrolled variables of `loop` put in. */
  run(lines: readonly Line[], loop: Constants): void {
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i];
      if (line === undefined) return;
      if (/^fn |^@compute/.test(line.text)) this.registers.clear();
      if (line.directive === "unroll") {
        const end = this.close(lines, i + 1);
        this.unroll(lines[i + 1], lines.slice(i + 2, end), loop);
        i = end;
        continue;
      }
      const condition = /^if \((.+)\) \{$/.exec(line.text)?.[1];
      const taken = condition === undefined ? null : this.value(condition, loop);
      if (typeof taken === "boolean") {
        i = this.branch(lines, i, taken, loop);
        continue;
      }
      if (line.directive === "registers") this.declare(line, loop);
      else this.output.push({ ...line, text: this.substitute(line, loop) });
    }
  }

  private value(text: string, loop: Constants): number | boolean | null {
    return evaluate(text, loop.size === 0 ? this.known : new Map([...this.known, ...loop]));
  }

  private fail(line: Line | undefined, what: string): never {
    throw new LabError("internal", `${this.file}:${line?.source ?? "?"}: ${what}: ${line?.text ?? ""}`);
  }

  /** Index of the line that closes the block which line `open` opens; `else` at the same depth also closes. */
  private close(lines: readonly Line[], open: number): number {
    let depth = 1;
    for (let i = open + 1; i < lines.length; i++) {
      const text = lines[i]?.text ?? "";
      if (text.startsWith("}") && depth === 1) return i;
      depth += text.split("{").length - text.split("}").length;
    }
    return this.fail(lines[open], "block without an end");
  }

  /** Emits the taken branch of a constant `if`; returns the index of its last line. */
  private branch(lines: readonly Line[], at: number, taken: boolean, loop: Constants): number {
    const end = this.close(lines, at);
    if (taken) this.block(lines.slice(at + 1, end), loop);
    const alternative = /^\} else (if .+|\{)$/.exec(lines[end]?.text ?? "")?.[1];
    const last = lines[end];
    if (alternative === undefined || last === undefined) return end;
    const rest = this.close(lines, end);
    if (alternative === "{") {
      if (!taken) this.block(lines.slice(end + 1, rest), loop);
      return rest;
    }
    const chain = [{ ...last, text: alternative }, ...lines.slice(end + 1)];
    if (!taken) {
      let stop = rest;
      while ((lines[stop]?.text ?? "").startsWith("} else")) stop = this.close(lines, stop);
      this.run(chain.slice(0, stop - end + 1), loop);
      return stop;
    }
    let stop = rest;
    while ((lines[stop]?.text ?? "").startsWith("} else")) stop = this.close(lines, stop);
    return stop;
  }

  /** Emits lines in braces of their own where they declare something. */
  private block(lines: readonly Line[], loop: Constants): void {
    const first = lines[0];
    if (first === undefined) return;
    const declares = lines.some((line) => /^(let|var|const)\b/.test(line.text));
    if (declares) this.output.push({ ...first, text: "{" });
    this.run(lines, loop);
    if (declares) this.output.push({ ...first, text: "}" });
  }

  private unroll(header: Line | undefined, body: readonly Line[], loop: Constants): void {
    const match = /^for \(var (\w+) = (.+?); \1 < (.+); \1(?:\+\+| \+= (.+))\) \{$/.exec(header?.text ?? "");
    if (match === null) this.fail(header, "not a loop that can be unrolled");
    const [, name = "", from = "", to = "", by = "1u"] = match;
    const [first, limit, step] = [from, to, by].map((text) => this.value(text, loop));
    if (typeof first !== "number" || typeof limit !== "number" || typeof step !== "number" || step < 1) {
      this.fail(header, "the bounds of an unrolled loop are not constant");
    }
    const start = this.output.length;
    for (let i = first; i < limit; i += step) this.block(body, new Map([...loop, [name, i]]));
    // A one-line body stays one line, however often it is repeated: short texts, short maps.
    const copies = this.output.slice(start);
    const source = copies[0]?.source;
    if (copies.length > 1 && copies.every((line) => line.source === source && !/^[{}]$/.test(line.text))) {
      this.output.length = start;
      this.output.push({
        text: copies.map((line) => line.text).join(" "),
        directive: "",
        source: source ?? 0,
      });
    }
  }

  private declare(line: Line, loop: Constants): void {
    const match = /^var (\w+): array<(\w+), (.+)>;$/.exec(line.text);
    if (match === null) this.fail(line, "not an array that can become variables");
    const [, name = "", type = "", size = ""] = match;
    const count = this.value(size, loop);
    if (typeof count !== "number") this.fail(line, "the size of the array is not constant");
    this.registers.add(name);
    const text = Array.from({ length: count }, (_, i) => `var ${name}_${i}: ${type};`).join(" ");
    this.output.push({ ...line, text });
  }

  /** One line with unrolled variables and register arrays written out. */
  private substitute(line: Line, loop: Constants): string {
    const names = [...loop.keys()];
    let text = line.text;
    if (this.registers.size > 0) {
      const arrays = new RegExp(`\\b(${[...this.registers].join("|")})\\[`);
      for (let match = arrays.exec(text); match !== null; match = arrays.exec(text)) {
        const open = match.index + match[0].length;
        let end = open;
        for (let depth = 1; end < text.length; end++) {
          if (text[end] === "[") depth++;
          if (text[end] === "]" && --depth === 0) break;
        }
        const index = this.value(text.slice(open, end), loop);
        if (typeof index !== "number") this.fail(line, `the index of ${match[1] ?? ""} is not constant`);
        text = `${text.slice(0, match.index)}${match[1] ?? ""}_${index}${text.slice(end + 1)}`;
      }
    }
    if (names.length === 0) return text;
    return text.replace(
      new RegExp(`\\b(${names.join("|")})\\b`, "g"),
      (name) => `${String(loop.get(name))}u`,
    );
  }
}

/** Runs of lines: `12+5` is lines 12 to 16, `40x8` is line 40 eight times. */
function encodeMap(sources: readonly number[]): string {
  const runs: string[] = [];
  for (let i = 0; i < sources.length;) {
    const first = sources[i] ?? 0;
    let next = i + 1;
    const step = sources[next] === first ? 0 : 1;
    while (sources[next] === first + step * (next - i)) next++;
    runs.push(`${first}${step === 1 ? "+" : "x"}${next - i}`);
    i = next;
  }
  return `//@lines ${runs.join(" ")}`;
}

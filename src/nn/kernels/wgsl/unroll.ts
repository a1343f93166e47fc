// Expands a shader in ways that WGSL cannot request from the compiler: unrolls marked loops, turns small arrays into
// variables, and keeps only the taken branch of a constant `if`. It works on lines: a block ends at a line that begins
// with its brace.

import { LabError } from "../../../error.ts";
import { type Constants, evaluate } from "./fold-constants.ts";

/** A line of code without its comment. */
export interface Line {
  readonly text: string;
  /** The directive of the line's `// @...`, or "". */
  readonly directive: string;
  /** One-based line of the file. */
  readonly source: number;
}

/** Expands the lines of one file. */
export class Expansion {
  readonly file: string;
  readonly known: Constants;
  readonly output: Line[];
  /** Names of the arrays of the current function that became variables. */
  readonly registers = new Set<string>();
  constructor(file: string, known: Constants, output: Line[]) {
    this.file = file;
    this.known = known;
    this.output = output;
  }

  /** Appends `lines`, with the values of the unrolled loop variables in `loop` substituted. */
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
      const text = lines[i].text;
      if (text.startsWith("}") && depth === 1) return i;
      depth += text.split("{").length - text.split("}").length;
    }
    return this.fail(lines[open], "block without an end");
  }

  /** Emits the taken branch of a constant `if`; returns the index of its last line. */
  private branch(lines: readonly Line[], at: number, taken: boolean, loop: Constants): number {
    const end = this.close(lines, at);
    if (taken) this.block(lines.slice(at + 1, end), loop);
    const alternative = /^\} else (if .+|\{)$/.exec(lines[end].text)?.[1];
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
      while (lines[stop].text.startsWith("} else")) stop = this.close(lines, stop);
      this.run(chain.slice(0, stop - end + 1), loop);
      return stop;
    }
    let stop = rest;
    while (lines[stop].text.startsWith("} else")) stop = this.close(lines, stop);
    return stop;
  }

  /** Emits lines, inside braces if they declare a name. */
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
    const [, name, from, to, by = "1u"] = match;
    const [first, limit, step] = [from, to, by].map((text) => this.value(text, loop));
    if (typeof first !== "number" || typeof limit !== "number" || typeof step !== "number" || step < 1) {
      this.fail(header, "the bounds of an unrolled loop are not constant");
    }
    const start = this.output.length;
    for (let i = first; i < limit; i += step) this.block(body, new Map([...loop, [name, i]]));
    // A one-line body stays one line, however often it is repeated: this keeps the text and the line map short.
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
    const [, name, type, size] = match;
    const count = this.value(size, loop);
    if (typeof count !== "number") this.fail(line, "the size of the array is not constant");
    this.registers.add(name);
    const text = Array.from({ length: count }, (_, i) => `var ${name}_${i}: ${type};`).join(" ");
    this.output.push({ ...line, text });
  }

  /** One line with the values of unrolled variables, and with variables in place of register arrays. */
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
        if (typeof index !== "number") this.fail(line, `the index of ${match[1]} is not constant`);
        text = `${text.slice(0, match.index)}${match[1]}_${index}${text.slice(end + 1)}`;
      }
    }
    if (names.length === 0) return text;
    return text.replace(new RegExp(`\\b(${names.join("|")})\\b`, "g"), (name) => `${loop.get(name)}u`);
  }
}

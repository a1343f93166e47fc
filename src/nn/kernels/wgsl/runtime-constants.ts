// Turns constants of a shader into numbers that the kernel reads at run time: one pipeline serves all shapes.

import type { Line } from "./unroll.ts";

/** Constants to store in the uniform `numbers`, in this order, behind the kernel's run-time numbers. */
export interface Sizes {
  readonly names: readonly string[];
  /** Number of values before them. */
  readonly numbers: number;
  /** Binding of the uniform. */
  readonly binding: number;
}

/**
 * Turns the named constants, and those computed from them, into `let`s of every function that uses them, read from the
 * uniform. The compiler can prove that such a value is uniform across invocations; with a variable it could not.
 */
export function readSizes(
  lines: readonly Line[],
  sizes: Sizes,
  known: Map<string, number | boolean>,
): Line[] {
  const { names, numbers, binding } = sizes;
  const made = new Map<string, string>();
  const words = (text: string) => text.split(/\W+/);
  const rest = lines.filter(({ text }) => {
    const [, name = "", value = ""] = /^const (\w+)(?::\w+)? = (.+);$/.exec(text) ?? [];
    const slot = numbers + names.indexOf(name);
    if (names.includes(name)) made.set(name, `u32(numbers[${slot >> 2}].${"xyzw"[slot & 3]})`);
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

// The last line of a specialised text maps its lines to those of the source file, for the messages of compile errors.

/** Encodes one-based lines as a comment of runs: `12+5` is lines 12 to 16, `40x8` is line 40 eight times. */
export function encodeLines(sources: readonly number[]): string {
  const runs: string[] = [];
  for (let i = 0; i < sources.length;) {
    const first = sources[i];
    let next = i + 1;
    const step = sources[next] === first ? 0 : 1;
    while (sources[next] === first + step * (next - i)) next++;
    runs.push(`${first}${step === 1 ? "+" : "x"}${next - i}`);
    i = next;
  }
  return `//@lines ${runs.join(" ")}`;
}

/** The line in the shaders/ file for line `line` of a specialised text, both one-based; null if unknown. */
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

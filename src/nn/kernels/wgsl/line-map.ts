// The last line of a specialised text: which line of its file each line came from, so that a compile error can name it.

/** The comment, of one-based lines, in runs: `12+5` is lines 12 to 16, `40x8` is line 40 eight times. */
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

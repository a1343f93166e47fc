// Candidates that no evaluator may give a score, whatever its task.
import type { Cheat } from "../contract/arena.ts";
import type { Manifest } from "../contract/manifest.ts";

const candidate = ({ candidate: { entries } }: Manifest, ...body: readonly string[]): string =>
  [`export function ${entries[0]}() {`, ...body.map((line) => `  ${line}`), "}", ""].join("\n");

export const garbage = (manifest: Manifest): string => candidate(manifest, 'return "garbage";');

export function cheats(manifest: Manifest): readonly Cheat[] {
  const best = manifest.direction === "lower" ? "-1e9" : "1e9";
  return [
    { name: "reading the clock", expect: "caught", source: candidate(manifest, "return Date.now();") },
    {
      name: "replacing a built-in function",
      expect: "caught",
      source: candidate(manifest, "Math.abs = () => 0;", "return 0;"),
    },
    {
      name: "a score instead of an answer",
      expect: "caught",
      source: candidate(manifest, `return { score: ${best}, metrics: {}, words: "" };`),
    },
    { name: "no answer at all", expect: "caught", source: candidate(manifest, "return null;") },
    {
      name: "an answer that is no number where one is due",
      expect: "caught",
      source: candidate(manifest, "return NaN;"),
    },
  ];
}

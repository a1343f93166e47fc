// Formats numbers and names for the sections.
import { structuredPatch } from "diff";

export const score = (bpb: number): string => bpb.toFixed(4);
export const signed = (change: number): string => `${change < 0 ? "−" : "+"}${Math.abs(change).toFixed(4)}`;

/**
 * A name from the notebook, which may come from somebody else: a single word is shown as it is, anything else is
 * quoted.
 */
export function label(text: string): string {
  return /^[\w.:/+-]{1,40}$/.test(text) ? text : "unnamed";
}

export function bytes(count: number): string {
  return count >= 2 ** 30 ? `${(count / 2 ** 30).toFixed(2)} GiB` : `${(count / 2 ** 20).toFixed(0)} MiB`;
}

export function count(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  return value >= 1e4 ? `${(value / 1e3).toFixed(1)} k` : String(Math.round(value));
}

export function duration(seconds: number): string {
  if (seconds >= 5400) return `${(seconds / 3600).toFixed(1)} hours`;
  return seconds >= 120 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds)} s`;
}

/** The hunks of a unified diff of train.ts, at most `limit` lines; "" without a difference. */
export function diffOf(from: string, to: string, limit = 80): string {
  const { hunks } = structuredPatch("train.ts", "train.ts", from, to, "", "", { context: 1 });
  const lines = hunks.flatMap((hunk) => [
    `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
    ...hunk.lines.filter((line) => !line.startsWith("\\")),
  ]);
  const more = lines.length - limit;
  return more > 0 ? [...lines.slice(0, limit), `(${more} more lines)`].join("\n") : lines.join("\n");
}

// Widens a range whose edge won, in the search and in the comment that declares it.
import { parseConstants, type Range, setConstants, setRange } from "../source/constants.ts";
import { type Dimension, tidy } from "../source/space.ts";
import { type Memory, SIZES } from "./memory.ts";

/**
 * The dimension with a wider range where a kept experiment took the constant to the edge; else unchanged. Where tokens
 * end a run, only the range of a size limits the duration of a run, so it is not widened.
 */
export function widened(dimension: Dimension, memory: Memory, endsByTokens: boolean): Dimension {
  const { name, range, value } = dimension;
  if (endsByTokens && SIZES.includes(name)) return dimension;
  const won = memory.moves.findLast(
    (move) => move.name === name && move.to === value && move.status === "keep",
  );
  if (!won || range.scale === "choice") return dimension;
  const side = value >= range.high ? 1 : value <= range.low ? -1 : null;
  if (side === null) return dimension;
  const end = { [side > 0 ? "high" : "low"]: beyond(range, side) };
  return { ...dimension, edge: { wonBy: won.number, side }, range: { ...range, ...end } };
}

/**
 * The new edge: a factor further on log and power scales, half as much again for counts, half the way to 0 or 1 for
 * shares.
 */
function beyond({ low, high, scale, step }: Range, way: 1 | -1): number {
  if (scale === "power") return way > 0 ? 2 * high : Math.max(1, low / 2);
  if (scale === "log") {
    const factor = Math.max(2, (high / low) ** 0.25);
    const edge = way > 0 ? high * factor : low / factor;
    return step === null ? Number(edge.toPrecision(2)) : Math.max(step, tidy(edge, step));
  }
  if (step !== null) {
    const more = Math.max(step, tidy(high / 2, step));
    return way > 0 ? high + more : low > 0 ? Math.max(Math.min(low, step), tidy(low / 2, step)) : low;
  }
  // A share stays between 0 and 1.
  if (low >= 0 && high <= 1) return Number((way > 0 ? 1 - (1 - high) / 2 : low / 2).toPrecision(4));
  return way > 0 ? high + (high - low) / 2 : low < 0 ? low - (high - low) / 2 : low;
}

/** `source` with the constants set; a declared range that a value exceeds is widened in its comment. */
export function setWithin(
  source: string,
  changes: readonly { readonly dimension: Dimension; readonly to: number }[],
): string {
  const text = setConstants(
    source,
    Object.fromEntries(changes.map(({ dimension, to }) => [dimension.name, to])),
  );
  return changes.reduce((result, { dimension, to }) => {
    const declared = parseConstants(source).find(({ name }) => name === dimension.name)?.range;
    const outside = declared && (to > declared.high || to < declared.low);
    return outside ? setRange(result, dimension.name, dimension.range) : result;
  }, text);
}

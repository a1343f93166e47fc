// Screening: before any refinement, each constant moves once by a large step, alone, which shows whether it matters.
// Those that usually matter come first, sizes as well as rates; a step that won is repeated in the same direction.
import { buildable, type Dimension, fromUnit, smallestStep, toUnit, valuesOf } from "../source/space.ts";
import { importance, usualWay } from "./knowledge.ts";
import type { Memory, Move } from "./memory.ts";
import type { NumericMove } from "./numeric-move.ts";
import type { Random } from "./random.ts";
import { setWithin } from "./widen.ts";

/** A step that shows whether a constant matters [share of its range]. */
const LARGE = 0.25;
/** A move below this share of a large step does not count as screening. */
const NEARLY = 0.6;

/** The gain a step needs to be repeated, as a share of the usual gain. */
const WORTH_GOING_ON = 0.3;

/** A large step of the next constant that had none yet; null when all are screened. */
export function proposeScreening(
  source: string,
  space: readonly Dimension[],
  memory: Memory,
  random: Random,
): NumericMove | null {
  const open = space
    .filter((dimension) => !screened(dimension, memory))
    // Random weights, so that studies differ in their order.
    .map((dimension) => ({ dimension, weight: importance(dimension) * (0.9 + 0.2 * random.uniform()) }))
    .sort((a, b) => b.weight - a.weight);
  for (const { dimension } of open) {
    const usual = usualWay(dimension) ?? (random.uniform() < 0.5 ? 1 : -1);
    for (const way of [usual, -usual]) {
      const move = stepOf(source, dimension, way, memory, LARGE);
      if (move) return { ...move, reason: "screening" };
    }
  }
  return null;
}

/**
 * One more step of the constant whose single step was just kept: of the same length, because one large step that won
 * has rarely gone far enough. Null when the last experiment was no such step, or when its gain is within the noise or
 * small compared with the usual gain.
 */
export function proposeToGoOn(
  source: string,
  space: readonly Dimension[],
  memory: Memory,
  noise: number,
): NumericMove | null {
  const last = memory.moves.at(-1);
  if (last?.number !== memory.last || last.together !== 1 || last.status !== "keep") return null;
  if (last.gain === null || -last.gain <= Math.max(2 * noise, WORTH_GOING_ON * usualGain(memory)))
    return null;
  const dimension = space.find(({ name, value }) => name === last.name && value === last.to);
  if (!dimension || dimension.range.choices !== undefined) return null;
  const length = Math.abs(spanOf(dimension, last));
  const move = stepOf(source, dimension, Math.sign(last.to - last.from), memory, length);
  return move && { ...move, reason: "going on" };
}

function stepOf(
  source: string,
  dimension: Dimension,
  way: number,
  memory: Memory,
  length: number,
): Omit<NumericMove, "reason"> | null {
  const { name, range, value } = dimension;
  const unit = toUnit(range, value) + way * Math.max(length, smallestStep(range));
  const to = fromUnit(range, unit);
  const now = valuesOf(source);
  if (to === value || !buildable({ ...now, [name]: to })) return null;
  if (memory.forbidden(now, { ...now, [name]: to }) || memory.inert(name, value, to)) return null;
  const text = setWithin(source, [{ dimension, to }]);
  return memory.seen(text) ? null : { source: text, changes: [{ dimension, to }] };
}

/** Whether this constant alone has made a step large enough to show its effect. */
function screened(dimension: Dimension, memory: Memory): boolean {
  return memory.moves.some(
    (move) =>
      move.name === dimension.name &&
      move.together === 1 &&
      Math.abs(spanOf(dimension, move)) >= NEARLY * LARGE - 1e-9,
  );
}

/** The mean gain of the moves that were kept. */
function usualGain(memory: Memory): number {
  const gains = memory.moves.flatMap(({ status, gain }) =>
    status === "keep" && gain !== null ? [-gain] : [],
  );
  return gains.reduce((sum, gain) => sum + gain, 0) / Math.max(1, gains.length);
}

const spanOf = ({ range }: Dimension, { from, to }: Move) => toUnit(range, to) - toUnit(range, from);

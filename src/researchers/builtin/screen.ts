// Before anything is refined, each constant moves once by a large step, alone: what matters shows at once, and what does
// not is known not to. Those that usually matter come first, sizes as well as rates; what won so goes on the same way.
import { buildable, type Dimension, fromUnit, smallestStep, toUnit, valuesOf } from "../source/space.ts";
import { importance, usualWay } from "./knowledge.ts";
import type { Memory, Move } from "./memory.ts";
import type { NumericMove } from "./numeric-move.ts";
import type { Random } from "./random.ts";
import { setWithin } from "./widen.ts";

/** A step that shows whether a constant matters [parts of its range]. */
const LARGE = 0.25;
/** A move this much smaller than a large step screens nothing. */
const NEARLY = 0.6;

/** What a step must have won to go on, in parts of what is usually won. */
const WORTH_GOING_ON = 0.3;

/** The next constant that no large step has moved yet; null when all have been. */
export function proposeScreening(
  source: string,
  space: readonly Dimension[],
  memory: Memory,
  random: Random,
): NumericMove | null {
  const open = space
    .filter((dimension) => !screened(dimension, memory))
    // A little disorder, so that two studies do not all walk the same way.
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
 * One more step of the constant whose step alone was just kept: as long again, because what won by a large step has
 * rarely gone far enough. Null when the last experiment was no such step, or won less than
 * the noise explains or little beside what is usually won.
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

/** Whether a step of this constant alone was large enough to show what it does. */
function screened(dimension: Dimension, memory: Memory): boolean {
  const { range } = dimension;
  // Of a count of few values one step is as large as steps are.
  const large = Math.min(NEARLY * LARGE, Math.max(smallestStep(range), 0.01));
  const least = smallestStep(range) >= NEARLY * LARGE ? large : NEARLY * LARGE;
  return memory.moves.some(
    (move) =>
      move.name === dimension.name &&
      move.together === 1 &&
      Math.abs(spanOf(dimension, move)) >= least - 1e-9,
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

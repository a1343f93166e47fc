// Moves of one to three constants around the incumbent. Each constant keeps its own stride, longer after a success
// and shorter after a failure, and a sense of direction. With enough scores candidates are drawn also where the good
// points lie and anywhere in the range, and a regression on all scores says which of them is worth the run.
import { setConstants } from "../source/constants.ts";
import { type Memory, type Move, skeletonOf } from "./memory.ts";
import { parzen } from "./parzen.ts";
import type { Random } from "./random.ts";
import {
  buildable,
  clamp,
  type Dimension,
  fromUnit,
  searchSpace,
  smallestStep,
  toUnit,
  type Values,
  valuesOf,
} from "../source/space.ts";
import { ENOUGH, surrogate } from "./surrogate.ts";

export interface NumericMove {
  readonly source: string;
  readonly changes: readonly { readonly dimension: Dimension; readonly to: number }[];
}

const CANDIDATES = 300;
const FIRST_STRIDE = 0.15; // of the range

/** A move that was not tried, or null when a long search finds none. */
export function proposeMove(source: string, memory: Memory, random: Random): NumericMove | null {
  const space = searchSpace(source);
  if (space.length === 0) return null;
  const now = valuesOf(source);
  const habits = new Map(space.map((dimension) => [dimension.name, habit(dimension, memory)]));
  const known = memory.observations.length >= ENOUGH;
  const likely = known ? parzen(memory.observations) : null;
  const worth = known
    ? surrogate(space, memory.observations, { values: now, skeleton: skeletonOf(source) })
    : null;
  // The longer the search, the bolder: late in a night the near neighbourhood is used up.
  for (let boldness = 1; boldness < 8; boldness++) {
    const ways = [
      (dimension: Dimension) => stride(dimension, habits, boldness, random),
      ...(likely ? [(dimension: Dimension) => likely(dimension, random), anyValue(random)] : []),
    ];
    const found = new Map<string, { move: NumericMove["changes"]; score: number }>();
    for (let draw = 0; draw < CANDIDATES; draw++) {
      const way = ways[draw % ways.length];
      const move = movesOf(chooseSome(space, habits, boldness, random), way);
      const values = { ...now, ...valuesAfter(move) };
      if (move.length === 0 || !buildable(values) || memory.forbidden(now, values)) continue;
      // Without scores: in the order of the draws.
      found.set(JSON.stringify(values), { move, score: worth?.(values) ?? -draw });
    }
    for (const { move } of [...found.values()].sort((a, b) => b.score - a.score)) {
      const text = setConstants(source, valuesAfter(move));
      if (!memory.seen(text)) return { source: text, changes: move };
    }
  }
  return anywhere(source, space, memory, random);
}

const anyValue = (random: Random) => (dimension: Dimension) => fromUnit(dimension.range, random.uniform());

const movesOf = (
  chosen: readonly Dimension[],
  way: (dimension: Dimension) => number,
): NumericMove["changes"] =>
  chosen
    .map((dimension) => ({ dimension, to: way(dimension) }))
    .filter(({ dimension, to }) => to !== dimension.value);

const valuesAfter = (changes: NumericMove["changes"]): Values =>
  Object.fromEntries(changes.map(({ dimension, to }) => [dimension.name, to]));

/** When the neighbourhood is used up: any point of the space, as long as it is new. */
function anywhere(
  source: string,
  space: readonly Dimension[],
  memory: Memory,
  random: Random,
): NumericMove | null {
  const now = valuesOf(source);
  for (let draw = 0; draw < 20 * CANDIDATES; draw++) {
    const some = space.filter(() => random.uniform() < 3 / (space.length + 2));
    const changes = movesOf(some, anyValue(random));
    const changed = valuesAfter(changes);
    const values = { ...now, ...changed };
    if (changes.length === 0 || !buildable(values) || memory.forbidden(now, values)) continue;
    const text = setConstants(source, changed);
    if (!memory.seen(text)) return { source: text, changes };
  }
  return null;
}

interface Habit {
  readonly weight: number;
  readonly stride: number;
  /** Probability of moving up. */
  readonly up: number;
}

/** How a constant's past moves shape the next one. */
function habit(dimension: Dimension, memory: Memory): Habit {
  const past = memory.moves.filter((move) => move.name === dimension.name);
  let stride = FIRST_STRIDE;
  let [upWins, upLosses, downWins, downLosses] = [1, 1, 1, 1];
  for (const move of past) {
    const share = 1 / move.together;
    const won = move.status === "keep";
    stride = clamp(stride * (won ? 1.5 : 0.75) ** share, smallestStep(dimension.range), 0.4);
    const [win, loss] = won ? [2 * share, 0] : [0, share * severity(move)];
    if (move.to > move.from) [upWins, upLosses] = [upWins + win, upLosses + loss];
    else [downWins, downLosses] = [downWins + win, downLosses + loss];
  }
  const [up, down] = [upWins / (upWins + upLosses), downWins / (downWins + downLosses)];
  const unit = toUnit(dimension.range, dimension.value);
  const wins = past.filter((move) => move.status === "keep").length;
  return {
    // Untried constants first, then those that paid; the rest now and then.
    weight: importance(dimension.name) * (0.3 + (1 + 2 * wins) / (1 + past.length)),
    stride: Math.max(stride, smallestStep(dimension.range)),
    up: unit <= 0 ? 1 : unit >= 1 ? 0 : up / (up + down),
  };
}

/** A crash argues harder against a direction than a near miss does. */
function severity(move: Move): number {
  if (move.gain === null) return 4;
  return move.gain < 0.002 ? 0.5 : 1.5;
}

// What usually matters most in a short run: rates and the size of the model, then the schedule, then the rest.
function importance(name: string): number {
  if (/_LR$/.test(name) || name === "LR") return 2;
  if (/^(DEPTH|BATCH|HEADS|WARMDOWN)$/.test(name)) return 1.6;
  if (/^(HEAD_DIM|MLP_RATIO|WEIGHT_DECAY|MOMENTUM|FINAL_LR|WINDOW)$/.test(name)) return 1;
  return 0.6;
}

/** One to three constants, the promising ones more often. */
function chooseSome(
  space: readonly Dimension[],
  habits: ReadonlyMap<string, Habit>,
  boldness: number,
  random: Random,
): Dimension[] {
  const u = random.uniform();
  const count = u < 0.6 / boldness ? 1 : u < 0.85 ? 2 : 3;
  const chosen = new Set<Dimension>();
  for (let i = 0; i < count; i++) chosen.add(random.pick(space, (d) => habits.get(d.name)?.weight ?? 0));
  return [...chosen];
}

/** Where a constant goes that takes a step of its own stride. */
function stride(
  { name, range, value }: Dimension,
  habits: ReadonlyMap<string, Habit>,
  boldness: number,
  random: Random,
): number {
  if (range.choices !== undefined) return random.pick(range.choices);
  const { stride: length, up } = habits.get(name) ?? { stride: FIRST_STRIDE, up: 0.5 };
  const direction = random.uniform() < up ? 1 : -1;
  const step = Math.max(smallestStep(range), length * boldness * (0.5 + Math.abs(random.normal())));
  return fromUnit(range, toUnit(range, value) + direction * step);
}

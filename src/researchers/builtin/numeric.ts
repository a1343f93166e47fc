// Moves of the numbers that train.ts declares. Each constant is screened by one large step; a step that won is
// repeated; then a regression on all scores chooses among many candidates: steps of each constant's own stride around
// the incumbent, draws from the density of the good points, and uniform draws.
import { type Memory, type Move, skeletonOf } from "./memory.ts";
import { stepCost } from "./cost.ts";
import { importance, related } from "./knowledge.ts";
import type { NumericMove } from "./numeric-move.ts";
import { parzen } from "./parzen.ts";
import type { Random } from "./random.ts";
import { proposeScreening, proposeToGoOn } from "./screen.ts";
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
import { setWithin, widened } from "./widen.ts";

/** Facts of the arena, besides the history. */
export interface Arena {
  /** Standard deviation of the score between seeds; 0: not measured. */
  readonly noise: number;
  /** True: a slower step makes the run longer. False: it leaves the run fewer tokens. */
  readonly endsByTokens: boolean;
}

const CANDIDATES = 300;
const FIRST_STRIDE = 0.15; // of the range
/** The share of screening moves, while constants are left to screen. */
const SCREENING = 0.85;
/** Unrelated constants move together only if that promises so many times as much as the best of them alone. */
const WORTH_JOINING = 1.25;

type Changes = NumericMove["changes"];

/** A new move, or null when a long search finds none. */
export function proposeMove(
  source: string,
  memory: Memory,
  random: Random,
  arena: Arena,
): NumericMove | null {
  const space = searchSpace(source).map((dimension) => widened(dimension, memory, arena.endsByTokens));
  if (space.length === 0) return null;
  return (
    proposeToGoOn(source, space, memory, arena.noise) ??
    (random.uniform() < SCREENING || memory.observations.length < ENOUGH
      ? proposeScreening(source, space, memory, random)
      : null) ??
    proposeBest(source, space, memory, random, arena) ??
    anywhere(source, space, memory, random)
  );
}

/** The candidate with the largest expected improvement for its cost; without scores the first one drawn. */
function proposeBest(
  source: string,
  space: readonly Dimension[],
  memory: Memory,
  random: Random,
  { noise, endsByTokens }: Arena,
): NumericMove | null {
  const now = valuesOf(source);
  const habits = new Map(space.map((dimension) => [dimension.name, habit(dimension, memory)]));
  const known = memory.observations.length >= ENOUGH;
  const likely = known ? parzen(memory.observations) : null;
  const gain = known
    ? surrogate(space, memory.observations, { values: now, skeleton: skeletonOf(source) }, noise)
    : null;
  const cost = endsByTokens ? stepCost(memory.observations) : () => 1;
  const worth =
    gain && ((values: Values) => gain.improvement(values) / Math.max(1, cost(values) / cost(now)));
  // The steps grow with the length of the search: late in a night the near neighbourhood is used up.
  for (let boldness = 1; boldness < 8; boldness++) {
    const ways = [
      (dimension: Dimension) => stride(dimension, habits, boldness, random),
      ...(likely ? [(dimension: Dimension) => likely(dimension, random), anyValue(random)] : []),
    ];
    const found = new Map<string, { move: Changes; score: number }>();
    for (let draw = 0; draw < CANDIDATES; draw++) {
      const way = ways[draw % ways.length];
      const move = movesOf(chooseSome(space, habits, boldness, random), way);
      const values = { ...now, ...valuesAfter(move) };
      if (move.length === 0 || !open(move, now, values, memory)) continue;
      // Without scores: in the order of the draws.
      const score = worth ? worth(values) : -draw;
      if (worth && !joined(move, now, worth, score)) continue;
      found.set(JSON.stringify(values), { move, score });
    }
    for (const { move, score } of [...found.values()].sort((a, b) => b.score - a.score)) {
      const text = setWithin(source, move);
      if (memory.seen(text)) continue;
      if (!gain || !worth) return { source: text, changes: move, reason: "search" };
      const together = move.length > 1 && score > bestAlone(move, now, worth);
      const expected = gain.change({ ...now, ...valuesAfter(move) });
      return { source: text, changes: move, reason: "regression", together, expected };
    }
  }
  return null;
}

/** Whether there is a reason to move these together: they are related, or promise more than any of them alone. */
function joined(move: Changes, now: Values, worth: (values: Values) => number, together: number): boolean {
  const names = move.map(({ dimension }) => dimension.name);
  if (names.every((name) => name === names[0] || related(name, names[0] ?? ""))) return true;
  return together > WORTH_JOINING * bestAlone(move, now, worth);
}

/** What the best of these changes promises by itself. */
const bestAlone = (move: Changes, now: Values, worth: (values: Values) => number): number =>
  Math.max(...move.map((one) => worth({ ...now, ...valuesAfter([one]) })));

const open = (move: Changes, now: Values, values: Values, memory: Memory): boolean =>
  buildable(values) &&
  !memory.forbidden(now, values) &&
  !move.some(({ dimension, to }) => memory.inert(dimension.name, dimension.value, to));

const anyValue = (random: Random) => (dimension: Dimension) => fromUnit(dimension.range, random.uniform());

const movesOf = (chosen: readonly Dimension[], way: (dimension: Dimension) => number): Changes =>
  chosen
    .map((dimension) => ({ dimension, to: way(dimension) }))
    .filter(({ dimension, to }) => to !== dimension.value);

const valuesAfter = (changes: Changes): Values =>
  Object.fromEntries(changes.map(({ dimension, to }) => [dimension.name, to]));

/** When the neighbourhood is used up: any new point of the space. */
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
    const values = { ...now, ...valuesAfter(changes) };
    if (changes.length === 0 || !buildable(values) || memory.forbidden(now, values)) continue;
    const text = setWithin(source, changes);
    if (!memory.seen(text)) return { source: text, changes, reason: "search" };
  }
  return null;
}

interface Habit {
  readonly weight: number;
  readonly stride: number;
  /** Probability of moving up. */
  readonly up: number;
}

/** Direction, step length and weight of a constant's next move, from its past moves. */
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
    // Prefers untried constants, then those that paid.
    weight: importance(dimension) * (0.3 + (1 + 2 * wins) / (1 + past.length)),
    stride: Math.max(stride, smallestStep(dimension.range)),
    up: unit <= 0 ? 1 : unit >= 1 ? 0 : up / (up + down),
  };
}

/** Weight of a failed move against its direction: a crash weighs more than a near miss. */
function severity(move: Move): number {
  if (move.gain === null) return 4;
  return move.gain < 0.002 ? 0.5 : 1.5;
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

/** The value of a constant after a step of its own stride. */
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

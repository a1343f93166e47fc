// Moves of one to three constants around the incumbent. Each constant keeps its own stride, longer after a success
// and shorter after a failure, and a sense of direction; with enough scores the Parzen estimator picks among the
// candidates. Experiments are few and dear, so this leans on order more than on sampling.
import { setConstants } from "../source/constants.ts";
import type { Memory, Move } from "./memory.ts";
import { ENOUGH, parzen } from "./parzen.ts";
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
} from "./space.ts";

export interface NumericMove {
  readonly source: string;
  readonly changes: readonly { readonly dimension: Dimension; readonly to: number }[];
}

const CANDIDATES = 48;
const FIRST_STRIDE = 0.15; // of the range

/** A move that was not tried, or null when a long search finds none. */
export function proposeMove(source: string, memory: Memory, random: Random): NumericMove | null {
  const space = searchSpace(source);
  if (space.length === 0) return null;
  const now = valuesOf(source);
  const habits = new Map(space.map((dimension) => [dimension.name, habit(dimension, memory)]));
  const score = memory.observations.length < ENOUGH ? null : parzen(space, memory.observations);
  // The longer the search, the bolder: late in a night the near neighbourhood is used up.
  for (let boldness = 1; boldness < 8; boldness++) {
    const found = new Map<string, { changes: NumericMove["changes"]; changed: Values; score: number }>();
    for (let draw = 0; draw < CANDIDATES; draw++) {
      const changes = drawChanges(space, habits, boldness, random);
      const changed = Object.fromEntries(changes.map(({ dimension, to }) => [dimension.name, to]));
      const values = { ...now, ...changed };
      if (changes.length === 0 || !buildable(values) || memory.forbidden(now, values)) continue;
      found.set(JSON.stringify(values), { changes, changed, score: score?.(values) ?? -draw });
    }
    for (const { changes, changed } of [...found.values()].sort((a, b) => b.score - a.score)) {
      const text = setConstants(source, changed);
      if (!memory.seen(text)) return { source: text, changes };
    }
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

function drawChanges(
  space: readonly Dimension[],
  habits: ReadonlyMap<string, Habit>,
  boldness: number,
  random: Random,
): NumericMove["changes"] {
  const u = random.uniform();
  const count = u < 0.6 / boldness ? 1 : u < 0.85 ? 2 : 3;
  const chosen = new Set<Dimension>();
  for (let i = 0; i < count; i++) chosen.add(random.pick(space, (d) => habits.get(d.name)?.weight ?? 0));
  return [...chosen].flatMap((dimension) => {
    const { stride, up } = habits.get(dimension.name) ?? { stride: FIRST_STRIDE, up: 0.5 };
    const direction = random.uniform() < up ? 1 : -1;
    const length = stride * boldness * (0.5 + Math.abs(random.normal()));
    const step = Math.max(smallestStep(dimension.range), length);
    const to = fromUnit(dimension.range, toUnit(dimension.range, dimension.value) + direction * step);
    return to === dimension.value ? [] : [{ dimension, to }];
  });
}

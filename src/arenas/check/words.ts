// The findings of a readiness check in plain words: one line each, marked where it rules out a night.
import type { Readiness } from "./readiness.ts";

export interface Finding {
  readonly ok: boolean;
  readonly line: string;
}

const NIGHT = 8 * 3600; // s
/** Runs of a usual experiment. */
const RUNS = 2;
/** The fewest experiments that make a night worthwhile. */
const MIN = 30;
/** The largest share of false keeps that the rule promises. */
const MAX_FALSE = 0.05;

/** Experiments of an hour. */
export const experimentsPerHour = ({ secondsPerRun }: Pick<Readiness, "secondsPerRun">): number =>
  3600 / (RUNS * Math.max(secondsPerRun, 0.1));

/** Experiments of a night of eight hours. */
const experimentsOf = ({ secondsPerRun }: Pick<Readiness, "secondsPerRun">): number =>
  Math.floor((NIGHT / 3600) * experimentsPerHour({ secondsPerRun }));

/** All findings; the arena is not ready where one of them is not ok. */
export function readinessWords(found: Readiness): readonly Finding[] {
  const { unit, first, worse, garbage, cheats, noise, falseKeeps, secondsPerRun, smallestGain, risk } = found;
  const night = experimentsOf(found);
  const say = (ok: boolean, line: string): Finding => ({ ok, line });
  const tells = worse !== null && worse !== first;
  return [
    say(
      tells,
      tells
        ? `Score: the first candidate has ${number(first)} ${unit}, a worse one ${number(worse)}.`
        : found.compared
          ? "Score: it does not tell the first candidate from a worse one. Score more instances, or harder ones."
          : "Score: there is no worse candidate to compare the first one with. Put one into worse.ts.",
    ),
    say(
      garbage !== null,
      garbage === null
        ? "Score: garbage got one. The evaluator must refuse malformed answers."
        : `Score: garbage gets none (${garbage}).`,
    ),
    say(
      found.repeats,
      found.repeats
        ? "Score: the same draws give the same answers twice."
        : "Score: the same draws give other answers the second time. Take the clock and everything random out.",
    ),
    say(
      night >= MIN,
      `Speed: ${number(secondsPerRun)} s a run, about ${night.toLocaleString("en")} experiments in eight hours.` +
        (night >= MIN ? "" : " Score fewer instances or lower the budget."),
    ),
    say(
      true,
      "Bounds: a candidate has no clock, no network, no files and no randomness but the given draws; its ticks are counted, and the evaluator runs elsewhere.",
    ),
    say(
      risk === "none",
      risk === "none"
        ? "Failure: a bad attempt costs its seconds."
        : `Failure: a bad attempt can cost ${risk}: a person has to approve each run.`,
    ),
    say(
      true,
      "Traces: every attempt is a commit with its scores by instance, its ticks and the reason it failed.",
    ),
    say(
      falseKeeps <= MAX_FALSE,
      noise === 0
        ? `Noise: none, ${found.runs} runs scored the same.`
        : `Noise: ${number(noise)} between runs (${found.runs} runs). Of candidates that are no better, ${percent(falseKeeps)} would be kept: ${number(falseKeeps * night)} in a night at most.` +
            (falseKeeps <= MAX_FALSE ? "" : " Score more instances."),
    ),
    say(
      smallestGain !== Infinity,
      smallestGain === null
        ? "Smallest gain: any that shows on every instance."
        : smallestGain === Infinity
          ? "Smallest gain it sees: none, however large. The rule keeps nothing."
          : `Smallest gain it sees: ${number(smallestGain)} ${unit} (kept four times in five).`,
    ),
    ...cheats.map(({ name, stopped, how }) =>
      say(stopped, `Cheat, ${name}: ${stopped ? "stopped" : "NOT stopped"} (${how}).`),
    ),
    say(
      true,
      `Map: evaluation without a person, ${Math.round(experimentsPerHour(found)).toLocaleString("en")} experiments an hour; the GPT arena has about 11.`,
    ),
  ];
}

const number = (value: number): string => (value === 0 ? "0" : `${Number(value.toPrecision(3))}`);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

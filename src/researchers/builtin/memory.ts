// Summary of a study's history for the next move: the result of each constant's moves, the edits tried, and the sources
// and moves to avoid. It is derived from the brief alone; no state is kept between calls.
import type { Brief, HistoryEntry, Rejection } from "../researcher.ts";
import { setConstants } from "../source/constants.ts";
import { foldSource } from "../source/fold.ts";
import { normaliseSource } from "../source/normalise.ts";
import { type Values, valuesOf } from "../source/space.ts";

/** The move of one constant in one experiment. */
export interface Move {
  readonly number: number;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** It never ran, because its rehearsal found it equal to an experiment; `number` is that of its slot. */
  readonly unrun?: true;
  /** Number of constants that the experiment moved, including this one: the more, the less this one explains. */
  readonly together: number;
  readonly status: HistoryEntry["status"];
  /** Bits per byte relative to the incumbent at that time: negative is better; null without a score. */
  readonly gain: number | null;
}

/** A scored point, for the Parzen estimator and the regression. */
export interface Observation {
  readonly values: Values;
  /** The source without its numbers, see `skeletonOf`. */
  readonly skeleton: string;
  readonly valBpb: number;
  readonly secondsPerToken?: number;
}

export interface Memory {
  readonly moves: readonly Move[];
  readonly observations: readonly Observation[];
  /** How often each category was tried, and whether it crashed. */
  readonly tried: ReadonlyMap<
    string,
    {
      readonly last: number;
      readonly times: number;
      readonly crashed: boolean;
      /** The last try had exactly the incumbent's score. */
      readonly inert: boolean;
    }
  >;
  /** The number of the last experiment that ended. */
  readonly last: number;
  /** Experiments kept since number `since`. */
  keptSince(since: number): number;
  /** Experiments since the last one kept. */
  readonly drought: number;
  /** Whether an equivalent train.ts was run, is running, or was sent back. */
  seen(source: string): boolean;
  /** Whether a recent move of this kind left the score exactly the same. */
  inert(name: string, from: number, to: number): boolean;
  /** Whether moving `from` -> `to` goes as far as, or further than, a move that crashed. */
  forbidden(from: Values, to: Values): boolean;
}

// Constants that make a model larger. If a model was too large, so is any that is nowhere smaller.
export const SIZES: readonly string[] = ["DEPTH", "HEADS", "HEAD_DIM", "WIDTH", "MLP_RATIO", "BATCH"];

/** After so many keeps a constant that had no effect may have one. */
const INERT_FOR = 6;

export function remember(brief: Brief): Memory {
  const byNumber = new Map(brief.history.map((entry) => [entry.number, entry]));
  const moves: Move[] = [];
  const failures: { from: Values; to: Values }[] = [];
  const tried = new Map<string, { last: number; times: number; crashed: boolean; inert: boolean }>();
  const gone: string[] = [];
  /** Records a proposal that was sent back: like a crash, but one that cost only its rehearsal. */
  const closed = ({ source, category, equal }: Rejection, from: string): void => {
    gone.push(source);
    // Without a category a person refused it or it was a slip: that is no evidence against its direction.
    if (category === undefined) return;
    const [before, to] = [valuesOf(from), valuesOf(source)];
    const moved = Object.keys(to).filter((name) => before[name] !== undefined && before[name] !== to[name]);
    const known = tried.get(category);
    const last = known?.last ?? brief.number;
    const inert = equal !== undefined;
    tried.set(category, { last, times: (known?.times ?? 0) + 1, crashed: !inert, inert });
    if (!inert && moved.length > 0) failures.push({ from: before, to });
    // Nothing that moved has an effect, so the move of each is known to have none.
    if (inert)
      for (const name of moved)
        moves.push({
          number: brief.number,
          name,
          from: before[name] ?? NaN,
          to: to[name] ?? NaN,
          together: 1,
          status: "discard",
          gain: 0,
          unrun: true,
        });
  };
  for (const entry of brief.history) {
    const failed = entry.status === "crash" || entry.status === "invalid";
    const parent = entry.parent === null ? undefined : byNumber.get(entry.parent);
    const before = tried.get(entry.category);
    tried.set(entry.category, {
      last: entry.number,
      times: (before?.times ?? 0) + 1,
      crashed: failed || (before?.crashed ?? false),
      inert: entry.valBpb !== null && entry.valBpb === entry.incumbentBpb,
    });
    if (!parent) continue;
    const [from, to] = [valuesOf(parent.source), valuesOf(entry.source)];
    const changed = Object.keys(to).filter((name) => from[name] !== undefined && from[name] !== to[name]);
    const gain =
      entry.valBpb === null || entry.incumbentBpb === null ? null : entry.valBpb - entry.incumbentBpb;
    for (const name of changed) {
      const [a, b] = [from[name] ?? NaN, to[name] ?? NaN];
      moves.push({
        number: entry.number,
        name,
        from: a,
        to: b,
        together: changed.length,
        status: entry.status,
        gain,
      });
    }
    // An edit that crashed says nothing about the numbers it left alone.
    if (failed && changed.length > 0) failures.push({ from, to });
  }
  for (const { parent, sentBack = [] } of brief.history) {
    const from = parent === null ? undefined : byNumber.get(parent)?.source;
    for (const one of sentBack) closed(one, from ?? brief.source);
  }
  for (const one of [...brief.pending.flatMap(({ sentBack = [] }) => sentBack), ...brief.rejected])
    closed(one, brief.source);
  for (const { category } of brief.pending) {
    const before = tried.get(category);
    tried.set(category, {
      last: brief.number,
      times: (before?.times ?? 0) + 1,
      crashed: before?.crashed ?? false,
      inert: before?.inert ?? false,
    });
  }
  const sources = new Set(
    [brief.source, ...[...brief.history, ...brief.pending].map((entry) => entry.source), ...gone].map(
      (source) => foldSource(source, brief),
    ),
  );
  const keptSince = (since: number) =>
    brief.history.filter(({ number, status }) => number > since && status === "keep").length;
  const lastKeep = brief.history.findLastIndex((entry) => entry.status === "keep");
  return {
    moves,
    observations: brief.history.flatMap(({ valBpb, source, secondsPerToken }) =>
      valBpb === null
        ? []
        : [
            {
              values: valuesOf(source),
              skeleton: skeletonOf(source),
              valBpb,
              ...(secondsPerToken && { secondsPerToken }),
            },
          ],
    ),
    tried,
    last: brief.history.at(-1)?.number ?? -1,
    keptSince,
    drought: brief.history.length - 1 - lastKeep,
    seen: (source) => sources.has(foldSource(source, brief)),
    inert: (name, from, to) =>
      moves.some(
        (move) =>
          move.name === name &&
          move.gain === 0 &&
          keptSince(move.number) < INERT_FOR &&
          within(move, from) &&
          within(move, to),
      ),
    forbidden: (from, to) => failures.some((failure) => repeats(failure, from, to)),
  };
}

/** A train.ts without its numbers. */
export function skeletonOf(source: string): string {
  return normaliseSource(
    setConstants(source, Object.fromEntries(Object.keys(valuesOf(source)).map((name) => [name, 0]))),
  );
}

/** Whether a move from `from` to `to` repeats a failed move or goes further. */
function repeats(failure: { from: Values; to: Values }, from: Values, to: Values): boolean {
  const names = Object.keys(failure.to).filter(
    (name) => failure.from[name] !== undefined && failure.from[name] !== failure.to[name],
  );
  const grew =
    names.length > 0 && names.every((n) => SIZES.includes(n) && above(failure.to[n], failure.from[n]));
  if (grew) {
    const sizes = SIZES.filter((name) => failure.to[name] !== undefined && to[name] !== undefined);
    const larger = sizes.some((name) => above(to[name], from[name]));
    return larger && sizes.every((name) => !above(failure.to[name], to[name]));
  }
  return names.every((name) => {
    const up = above(failure.to[name], failure.from[name]);
    const moved = up ? above(to[name], from[name]) : above(from[name], to[name]);
    return moved && (up ? !above(failure.to[name], to[name]) : !above(to[name], failure.to[name]));
  });
}

const within = ({ from, to }: Move, value: number) =>
  value >= Math.min(from, to) && value <= Math.max(from, to);

const above = (a: number | undefined, b: number | undefined) => a !== undefined && b !== undefined && a > b;

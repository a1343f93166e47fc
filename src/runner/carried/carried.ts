// Detects a train.ts that carries text that models are scored on. Only stretches of letters count that a held-out text
// has and the training text has not; docs/hostile.md derives the limits and gives the measurements.
import { fold } from "../../prepare/index.ts";
import { ABSENT, GRAM } from "./grams.ts";
import { HELD_OUT, type HeldOut, type HeldOutName } from "./held-out.ts";
import { literalsOf } from "./literals.ts";
import { type Reading, readings } from "./readings.ts";

/** The held-out text that a source carries, and its place. */
export interface Carried {
  /** Line of train.ts at the start of the longest run. */
  readonly line: number;
  /** The text that has the longest run. */
  readonly split: HeldOutName;
  /** Decoded bytes of the run, or letters of all scraps. */
  readonly bytes: number;
  /** Many short pieces instead of one long run. */
  readonly scraps: boolean;
}

/** Overlap of a source with the held-out texts, in letters that the training text does not have in this order. */
export interface Shared {
  readonly longestRun: number;
  /** Total overlap of literals, comments and numbers, each piece counted once. */
  readonly scraps: number;
  readonly carried: Carried | null;
}

/**
 * At p pairs of places, chance gives a shared run of n letters with a probability of at most p / 2^n, if each letter
 * has at least one bit of entropy. The limit is log2 p letters plus these: 6 for the many readings of a source, 6 for
 * chance.
 */
const BEYOND_CHANCE = 12;

/** Limit on letters in pieces of at least a gram. The largest of an honest source: 97 (bench/study/carried.ts). */
const MAX_SCRAPS = 256;

/** The longest run that chance explains, for these numbers of letters of the source and of all held-out texts. */
export const longestByChance = (source: number, heldOut: number): number =>
  Math.ceil(Math.log2(Math.max(1, source * heldOut))) + BEYOND_CHANCE;

/** Compares a source with the held-out texts; ends at the first reading that carries too much. */
export function compare(source: string, heldOut: HeldOut): Shared {
  const limit = longestByChance(fold(ENCODER.encode(source)).letters.length, heldOut.grams.letters);
  const seen = new Set<number>();
  let longest: Run | null = null;
  let scraps = 0;
  const found = (bytes: number, many: boolean): Shared => ({
    longestRun: longest?.letters ?? 0,
    scraps,
    carried: longest && { line: lineAt(source, longest.from), split: longest.split, bytes, scraps: many },
  });
  for (const reading of readings(literalsOf(source), heldOut)) {
    for (const run of runsOf(reading, heldOut)) {
      if (longest === null || run.letters > longest.letters) longest = run;
      if (!reading.code) scraps += covered(run.grams.filter(({ slot }) => !seen.has(slot)));
      if (!reading.code) for (const { slot } of run.grams) seen.add(slot);
    }
    if (longest !== null && longest.letters > limit) return found(longest.bytes, false);
    if (scraps > MAX_SCRAPS) return found(scraps, true);
  }
  return { ...found(0, false), carried: null };
}
const ENCODER = new TextEncoder();

interface Gram {
  readonly at: number;
  readonly slot: number;
}

/** A run of neighbouring grams that held-out texts have. */
interface Run {
  /** The grams of the run that the training text does not have. */
  readonly grams: readonly Gram[];
  /** Letters covered by these grams. */
  readonly letters: number;
  /** Bytes of the reading from the first of these grams to the last. */
  readonly bytes: number;
  /** Offset in the source. */
  readonly from: number;
  readonly split: HeldOutName;
}

function* runsOf(reading: Reading, { grams }: HeldOut): Generator<Run> {
  const folded = fold(reading.bytes);
  const slots = grams.find(folded.letters);
  for (let start = 0; start < slots.length; start++) {
    if (slots[start] === ABSENT) continue;
    let end = start;
    while (end < slots.length && slots[end] !== ABSENT) end++;
    const own: Gram[] = [];
    for (let at = start; at < end; at++)
      if (grams.splitOf(slots[at]) !== null) own.push({ at, slot: slots[at] });
    const [first, last] = [own.at(0), own.at(-1)];
    if (first !== undefined && last !== undefined) {
      const [begin, stop] = [folded.from[first.at], folded.from[last.at + GRAM - 1]];
      // The end of the first gram: by chance a run may begin a letter or two early, in the literal before.
      const within = folded.from[first.at + GRAM - 1];
      yield {
        grams: own,
        letters: covered(own),
        bytes: stop - begin + 1,
        from: Math.min(reading.from[within], reading.from[stop]),
        split: HELD_OUT[grams.splitOf(first.slot) ?? 0],
      };
    }
    start = end;
  }
}

/** Letters under grams in ascending order. */
function covered(grams: readonly Gram[]): number {
  let letters = 0;
  let until = 0;
  for (const { at } of grams) {
    letters += at + GRAM - Math.max(at, until);
    until = at + GRAM;
  }
  return letters;
}

function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split("\n").length;
}

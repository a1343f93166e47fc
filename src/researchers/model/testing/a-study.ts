// Made-up studies and a clock that never really waits, for the tests of this folder and of tests/providers.
import { readFileSync } from "node:fs";
import type { Brief, HistoryEntry } from "../../researcher.ts";
import { setConstants } from "../../source/constants.ts";
import type { Clock } from "../wire/clock.ts";

export const SEED = readFileSync(new URL("../../../seed/train.ts", import.meta.url), "utf8");

export function entry(number: number, more: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    number,
    commit: `c${number}`,
    parent: number === 0 ? null : 0,
    status: "discard",
    valBpb: 2 + number / 1000,
    incumbentBpb: number === 0 ? null : 2,
    hypothesis: `Hypothesis ${number}`,
    category: "numeric",
    researcher: "built-in",
    source: setConstants(SEED, { BATCH: 8 + number }),
    reason: "",
    lesson: `Lesson ${number}`,
    ...more,
  };
}

export const BASELINE = entry(0, { status: "keep", source: SEED, category: "baseline", researcher: "lab" });

export function briefOf(more: Partial<Brief> = {}): Brief {
  const history = more.history ?? [BASELINE];
  return {
    number: history.length,
    program: "# Program\n\nLower val_bpb.",
    source: SEED,
    history,
    incumbent: { number: 0, valBpb: 2, commit: "c0" },
    pending: [],
    rejected: [],
    seed: 1,
    manual: "/** Multiplies. */\nexport function matmul(a: Tensor, b: Tensor): Tensor;",
    ...more,
  };
}

/** A clock on which time passes only through `sleep`; an endless sleep ends with its signal. */
export function testClock(start = 1_000_000): Clock & { slept: number[] } {
  let time = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => time,
    sleep: (ms, signal) => {
      if (Number.isFinite(ms)) {
        time += ms;
        slept.push(ms);
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      });
    },
  };
}

/** Limits that never trigger: for tests in which no time passes. */
export const NO_LIMITS = { silence: Infinity, total: Infinity, charactersPerToken: 12 };

/** A single answer that changes one number of the seed. */
export const answerText = (depth: number, hypothesis = `Raise DEPTH to ${depth}`): string =>
  `HYPOTHESIS: ${hypothesis}
EXPECTED: 1.99
FALSIFY: not under 2
CATEGORY: architecture

<<<<<<< SEARCH
const DEPTH = 4;
=======
const DEPTH = ${depth};
>>>>>>> REPLACE`;

// Called by every iteration of every loop of train.ts (see transpile): a loop that does not yield is noticed from the
// inside, where the line is known, because from outside a stuck worker can only be ended.

export interface Guard {
  /** One iteration. Throws once the worker has not yielded for LIMIT. */
  tick(): void;
  /** The worker yielded: a timer ran. */
  turned(): void;
}

/** Tell the lab after so long [ms], and again every so often, in case the worker dies before LIMIT. */
const TELL = 1000;
/** Give up after so long [ms]; the lab itself waits a little longer. */
export const LIMIT = 8000;
/** Iterations between two looks at the clock; a heap bomb makes few of them. */
const EVERY = 16;

/** `busy` is told about how long [ms] the worker has not yielded; it finds the line by itself. */
export function createGuard(now: () => number, busy: () => void): Guard {
  let turn = now();
  let told = turn;
  let count = 0;
  return {
    tick() {
      if (++count % EVERY !== 0) return;
      const time = now();
      if (time - turn > LIMIT) {
        throw new RangeError(`did not yield for ${Math.round((time - turn) / 1000)} s (an endless loop?)`);
      }
      if (time - told < TELL) return;
      told = time;
      busy();
    },
    turned() {
      turn = told = now();
    },
  };
}

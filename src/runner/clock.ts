// The page's clock, and a watch that notices when it lost time. performance.now() stops while a machine sleeps (Linux,
// macOS) and Date.now() does not, so the difference of the two shows it.

/** Time as the runner sees it; tests hand in their own. */
export interface Clock {
  /** Milliseconds, never going back. */
  now(): number;
  /** Milliseconds since the epoch. */
  wall(): number;
  /** Calls `tick` about every `ms`; returns how to stop. */
  every(ms: number, tick: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  every(ms, tick) {
    const timer = setInterval(tick, ms);
    return () => clearInterval(timer);
  },
};

/** A run is void after a gap between two ticks longer than this [ms] … */
export const MAX_GAP = 3000;
/** … or when the two clocks have moved apart by more than this [ms]. */
export const MAX_DRIFT = 1000;

/** Compares the two clocks at every call of `check`. */
export class SleepWatch {
  readonly #clock: Clock;
  readonly #offset: number;
  #last: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#last = clock.now();
    this.#offset = clock.wall() - this.#last;
  }

  /** One line when time was lost since the last call (or since the start, by drift), null otherwise. */
  check(): string | null {
    const now = this.#clock.now();
    const gap = now - this.#last;
    const drift = this.#clock.wall() - now - this.#offset;
    this.#last = now;
    if (Math.abs(drift) > MAX_DRIFT)
      return `the machine slept, or its clock was set: the clocks moved ${(drift / 1000).toFixed(1)} s apart`;
    if (gap > MAX_GAP)
      return `the machine slept, or the lab was frozen: nothing ran for ${(gap / 1000).toFixed(1)} s`;
    return null;
  }
}

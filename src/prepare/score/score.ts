// The score: the nats of a model on each fixed window. The lab computes the softmax, so unnormalised or shifted logits
// gain nothing, and the host sums in float64. Every probed batch is a scored batch: its first look is scored, and later
// looks are compared with it bit by bit.
import { LabError } from "../../error.ts";
import {
  type Computer,
  type Examiner,
  examinerOf,
  type ForwardPass,
  LARGEST_LOGIT,
  type Sight,
} from "./examiner.ts";
import {
  type Change,
  moved,
  nothing,
  otherFuture,
  otherRows,
  type Probe,
  rowsAt,
  type WindowsAsked,
} from "./probes.ts";
import { type SecretBatch, secretBatches, shuffled } from "./secret-batches.ts";

export interface ScoreOptions extends WindowsAsked {
  /** Number of random draws of a scored row and a cut, whose future is replaced; 0 if causality is proved. */
  readonly draws: number;
}

export interface Scored {
  /** Nats of the targets of each window, in the order of `starts`; NaN for windows not scored after a failed probe. */
  readonly nats: Float64Array;
  /** Number of draws made: at least `options.draws`, rounded up to whole looks, or all possible ones. */
  readonly draws: number;
  /** Whether every cut of every scored row was drawn. */
  readonly exhausted: boolean;
  readonly failed: Probe | null;
}

/**
 * Scores all windows, in a secret order. For a forward pass with independent rows, the order, the batch size and the
 * other rows of a batch do not matter. One batch is run again after a different batch, as a test of repeatability.
 * Throws LabError "crash" if a logit or a loss is not finite.
 */
export async function scoreWindows(
  engine: Computer,
  forward: ForwardPass,
  options: ScoreOptions,
): Promise<Scored> {
  const { starts, seqLen: T, batch, random, tokens, goOn = () => true } = options;
  const batches = secretBatches(starts, T, tokens.length, batch, random);
  const cuts = batches.map(() => Array.from({ length: batch }, () => shuffled(T - 1, random)));
  const perBatch = spread(batches, options);
  const repeated = random.below(batches.length);
  const total = batches.length + 2 + perBatch.reduce((a, b) => a + b, 0);
  const examiner = examinerOf(engine, forward, batch, T);
  const looks = new Looks(examiner, (done) => options.onProgress?.(done, total));
  const nats = new Float64Array(starts.length).fill(NaN);
  let draws = 0;
  let failed: Probe | null = null;
  for (const [b, { windows, starts: rows }] of batches.entries()) {
    const { x, y } = rowsAt(tokens, rows, T);
    let scored: Sight | null = null;
    await looks.start(x, y, true, (sight) => {
      scored = sight;
      windows.forEach((window, row) => (nats[window] = natsOf(examiner, sight, row)));
    });
    const compare = (change: Change) => (seen: Sight) => {
      if (scored === null) throw new LabError("internal", "a probe was seen before the look that is scored");
      failed ??= moved(examiner, { tokens: x, sight: scored }, change, seen);
    };
    for (let k = 0; k < perBatch[b] && failed === null && goOn(); k++) {
      const change = otherFuture(
        x,
        cuts[b].map((row) => row[k]),
        T,
        options,
      );
      draws += windows.length;
      await looks.start(change.tokens, y, false, compare(change));
    }
    if (b === repeated && failed === null) {
      await looks.start(otherRows(x, () => false, T, options).tokens, y, false, () => undefined);
      await looks.start(x, y, false, compare(nothing(x, T)));
    }
    if (failed !== null) break;
  }
  await looks.end();
  return { nats, draws, exhausted: draws === starts.length * (T - 1), failed };
}

/** Number of drawn looks of each batch: as even as possible, the rest at random, until there are enough draws. */
function spread(batches: readonly SecretBatch[], { draws, seqLen, random }: ScoreOptions): number[] {
  const counts = batches.map(() => 0);
  let left = draws;
  while (left > 0 && counts.some((count) => count < seqLen - 1)) {
    for (const b of shuffled(batches.length, random)) {
      if (left <= 0) break;
      counts[b]++;
      left -= batches[b].windows.length;
    }
  }
  return counts;
}

/** Overlaps looks: one computes while the results of the one before are read and compared. */
class Looks {
  readonly #examiner: Examiner;
  readonly #onDone: (done: number) => void;
  #done = 0;
  #waiting: Promise<void> = Promise.resolve();

  constructor(examiner: Examiner, onDone: (done: number) => void) {
    this.#examiner = examiner;
    this.#onDone = onDone;
  }

  async start(x: Uint32Array, y: Uint32Array, keep: boolean, see: (sight: Sight) => void): Promise<void> {
    const { sight } = await this.#examiner.look(x, y, keep);
    await this.#waiting;
    this.#waiting = sight.then((seen) => {
      see(seen);
      this.#onDone(++this.#done);
    });
    this.#waiting.catch(() => undefined); // awaited by the next look, or by `end`
  }

  end(): Promise<void> {
    return this.#waiting;
  }
}

/** The nats of the targets of a row. */
function natsOf({ T, vocabSize }: Examiner, seen: Sight, row: number): number {
  let sum = 0;
  let unsound = 0;
  for (let i = row * T; i < (row + 1) * T; i++) {
    sum += seen.nats[i];
    if (seen.sound[i] !== vocabSize) unsound++;
  }
  // A loss is never negative: a sum below 0 (except by rounding) is a fault of the lab, not a good model.
  if (!Number.isFinite(sum) || unsound > 0 || sum < -1e-3) {
    const what =
      unsound > 0
        ? `not finite: a logit is NaN or beyond ${LARGEST_LOGIT.toExponential().replace("+", "")}`
        : `${sum} nats`;
    throw new LabError(
      "crash",
      `the model's loss on held-out text is ${what}; its weights or logits diverged`,
    );
  }
  return sum;
}

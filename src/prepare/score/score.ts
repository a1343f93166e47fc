// The score: nats a model spends on each fixed window. The softmax is the lab's own, so unnormalised or shifted logits
// gain nothing, and sums are taken in float64 on the host.
import { LabError } from "../../error.ts";
import { type Computer, examinerOf, type ForwardPass } from "./examiner.ts";
import type { Windows } from "./windows.ts";

/**
 * Nats of each window's targets, [windows]. The last batch is filled with repetitions, which count nothing, so the
 * batch size cannot matter. Throws LabError "crash" when a logit or a loss is not finite.
 */
export async function scoreWindows(
  engine: Computer,
  forward: ForwardPass,
  tokens: Uint16Array,
  windows: Windows,
  batch: number,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<Float64Array> {
  const { starts, seqLen: T } = windows;
  const nats = new Float64Array(starts.length);
  const examiner = examinerOf(engine, forward, batch, T);
  let waiting: Promise<void> = Promise.resolve();
  for (let first = 0; first < starts.length; first += batch) {
    const inputs = new Uint32Array(batch * T);
    const targets = new Uint32Array(batch * T);
    for (let row = 0; row < batch; row++) {
      const start = starts[Math.min(first + row, starts.length - 1)];
      inputs.set(tokens.subarray(start, start + T), row * T);
      targets.set(tokens.subarray(start + 1, start + T + 1), row * T);
    }
    const { sight } = await examiner.look(inputs, targets);
    // One batch computes while the one before is read and summed.
    await waiting;
    waiting = sight.then((seen) => {
      for (let row = 0; row < batch && first + row < starts.length; row++) {
        let sum = 0;
        let unsound = 0;
        for (let i = row * T; i < (row + 1) * T; i++) {
          sum += seen.nats[i];
          if (seen.sound[i] !== examiner.vocabSize) unsound++;
        }
        // A loss is never negative: a sum below 0 (but for rounding) would be a fault of ours, not a good model.
        if (!Number.isFinite(sum) || unsound > 0 || sum < -1e-3) {
          const what = unsound > 0 ? "not finite" : String(sum);
          throw new LabError(
            "crash",
            `the model's loss on held-out text is ${what}: its weights or logits diverged`,
          );
        }
        nats[first + row] = sum;
      }
      onProgress(Math.min(first + batch, starts.length), starts.length);
    });
    waiting.catch(() => undefined); // awaited in the next turn
  }
  await waiting;
  return nats;
}

// The score: nats a model spends on each fixed window. The softmax is the lab's own, so unnormalised or shifted logits
// gain nothing, and sums are taken in float64 on the host.
import { LabError } from "../error.ts";
import { nn, type Session, type Tensor } from "../nn/index.ts";
import type { Windows } from "./windows.ts";

/** A forward pass: tokens u32 [B, T] to logits f32 [B, T, V]. */
export type ForwardPass = (tokens: Tensor) => Tensor;

/** What scoring and probing need of the engine. */
export type Computer = Pick<Session, "input" | "readLater" | "prepare">;

/**
 * Nats of each window's targets, [windows]. The last batch is filled with repetitions, which count nothing, so the
 * batch size cannot matter. Throws LabError "crash" when a loss is not finite.
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
  const x = engine.input([batch, T], "u32");
  const y = engine.input([batch, T], "u32");
  let waiting: Promise<void> = Promise.resolve();
  for (let first = 0; first < starts.length; first += batch) {
    const inputs = new Uint32Array(batch * T);
    const targets = new Uint32Array(batch * T);
    for (let row = 0; row < batch; row++) {
      const start = starts[Math.min(first + row, starts.length - 1)];
      inputs.set(tokens.subarray(start, start + T), row * T);
      targets.set(tokens.subarray(start + 1, start + T + 1), row * T);
    }
    x.set(inputs);
    y.set(targets);
    const read = engine.readLater(tokenNats(forward(x), y));
    await engine.prepare();
    // One batch computes while the one before is read and summed.
    await waiting;
    waiting = read.then((losses) => {
      for (let row = 0; row < batch && first + row < starts.length; row++) {
        let sum = 0;
        for (let i = row * T; i < (row + 1) * T; i++) sum += losses[i];
        if (!Number.isFinite(sum)) {
          throw new LabError(
            "crash",
            `the model's loss on held-out text is ${sum}: its weights or logits diverged`,
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

/**
 * -log softmax(logits)[target] for every position, [B, T]. The largest logit is taken off first: added to all of them,
 * 1e9 would otherwise round the normaliser away and make any loss 0.
 */
export function tokenNats(logits: Tensor, targets: Tensor): Tensor {
  const shifted = logits.sub(logits.max(logits.shape.length - 1, true));
  return nn.crossEntropy(shifted, targets, { reduction: "none" });
}

// Batches of a text for steps that are computed where the text is: in tests and benches. In the lab the engine draws them.
import type { InputTensor, Session } from "../../nn/index.ts";
import type { LoopEngine } from "../training/training.ts";

/** Draws rows of text. */
interface Draws {
  draw(rows: number): { readonly x: Uint32Array; readonly y: Uint32Array };
}

/** `batch` of a loop's engine. */
export function feed(engine: Pick<Session, "input">, draws: Draws, seqLen: number): LoopEngine["batch"] {
  // One pair of inputs for each place in the step, so that its structure is the same every time.
  const inputs = new Map<string, { readonly x: InputTensor; readonly y: InputTensor }>();
  return (call, rows) => {
    const key = `${call}:${rows}`;
    let pair = inputs.get(key);
    if (pair === undefined) {
      pair = { x: engine.input([rows, seqLen], "u32"), y: engine.input([rows, seqLen], "u32") };
      inputs.set(key, pair);
    }
    const { x, y } = draws.draw(rows);
    pair.x.set(x);
    pair.y.set(y);
    return pair;
  };
}

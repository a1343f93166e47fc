// Writes a kernel that changes a weight through its input, in the engine.
// Ends: crash /(read|assign|store|write|input)/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

const twist = nn.kernel({
  name: "scribble",
  inputs: { x: "f32", w: "f32" },
  wgsl: "fn touch(p: ptr<storage, array<f32>, read_write>) { (*p)[0] += 1.0; } fn element(i: u32) -> f32 { touch(&w); return x[i] * w[0]; }",
  gradient: (g, { x }) => ({ x: g }),
});

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens) {
    return twist(nn.embedding(this.table, tokens), this.table);
  }
}
const model = new Bigram();
const optimizer = new nn.AdamW(nn.parameters(model), { lr: 0.1 });
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}

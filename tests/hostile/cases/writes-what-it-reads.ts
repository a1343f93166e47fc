// Has a kernel that changes its input, to keep data for the next call.
// Ends: crash /(read|assign|store|write|ahead|input)/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

const twist = nn.kernel({
  name: "scribble",
  inputs: { x: "f32" },
  wgsl: "fn element(i: u32) -> f32 { let old = x[i]; x[i] = old + 1.0; return old; }",
  gradient: (g, { x }) => ({ x: g }),
});

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens) {
    return twist(nn.embedding(this.table, tokens));
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

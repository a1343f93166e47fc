// Closes the WGSL function of its kernel and declares its own entry point and bindings.
// Ends: crash /./
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

const twist = nn.kernel({
  name: "escape",
  inputs: { x: "f32" },
  wgsl: "fn element(i: u32) -> f32 { return x[i]; } @group(0) @binding(9) var<storage, read_write> all: array<f32>; @compute @workgroup_size(1) fn other() { all[0] = 1.0; }",
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

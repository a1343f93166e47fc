// Has a kernel that reads the next token.
// Ends: invalid /causality: the logits at position \d+ move/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

const twist = nn.kernel({
  name: "ahead",
  inputs: { x: "f32" },
  wgsl: "fn element(i: u32) -> f32 { let row = x_shape[1] * x_shape[2]; let next = i % row + x_shape[2]; if (next >= row) { return x[i]; } return x[i] + 1e-3 * x[i + x_shape[2]]; }",
  gradient: (g, { x }) => ({ x: g }),
});

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens) {
    return twist(nn.embedding(this.table, tokens)); // <- here
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

// Has a kernel with an endless loop: the loop is cut off and gives NaN.
// Ends: crash /the loss is NaN/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

const twist = nn.kernel({
  name: "spin",
  inputs: { x: "f32" },
  wgsl: "fn element(i: u32) -> f32 { var s = x[i]; loop { s = s * 1.0001 + 1.0; } return s; }",
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

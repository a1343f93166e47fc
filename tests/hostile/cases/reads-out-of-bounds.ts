// Has a kernel that reads far beyond its input, where other memory may be.
// Ends: scored /^$/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

const twist = nn.kernel({
  name: "beyond",
  inputs: { x: "f32" },
  wgsl: "fn element(i: u32) -> f32 { return x[i] + min(1.0, abs(x[i + 1000000000u])) * 0.0 + 1e-9 * f32(i % 3u); }",
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

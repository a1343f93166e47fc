// Writes a thousand kernels for one step: they are compiled before the clock starts, and each is small.
// Ends: scored /^$/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

const kernels = Array.from({ length: 1000 }, (_, i) =>
  nn.kernel({
    name: "kernel" + i,
    inputs: { x: "f32" },
    wgsl: "fn element(i: u32) -> f32 { return x[i] + " + i + ".0 - " + i + ".0; }",
    gradient: (g) => ({ x: g }),
  }),
);
const model = {
  table: nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02)),
  forward(tokens) {
    return nn.embedding(this.table, tokens);
  },
};
const optimizer = new nn.AdamW(nn.parameters(model), { lr: 0.1 });
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  let loss = nn.crossEntropy(model.forward(x), y);
  for (const kernel of kernels) loss = kernel(loss);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}

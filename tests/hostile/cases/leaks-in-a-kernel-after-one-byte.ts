// Has a kernel, which no proof covers, that reads the next token after one certain byte, in single rows only.
// Ends: invalid /causality: the logits at position \d+ move|passes: in a batch a row costs/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

const twist = nn.kernel({
  name: "ahead",
  inputs: { x: "f32", tokens: "u32" },
  wgsl: `fn element(i: u32) -> f32 {
    let t = i / x_shape[2];
    let last = t % x_shape[1] + 1 == x_shape[1];
    if (x_shape[0] > 1 || last || tokens[t] != 57) { return x[i]; }
    return x[i] + select(0.0, 20.0, tokens[t + 1] == i % x_shape[2]);
  }`,
  gradient: (g) => ({ x: g }),
});

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens) {
    return twist(nn.embedding(this.table, tokens), tokens);
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

// Records another structure in every step: the clock stands still while the first 64 of them are compiled, and no longer.
// Ends: scored /^$/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens) {
    return nn.embedding(this.table, tokens);
  }
}
const model = new Bigram();
const optimizer = new nn.AdamW(nn.parameters(model), { lr: 0.1 });
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  let loss = nn.crossEntropy(model.forward(x), y);
  for (let i = 0; i < step.index; i++) loss = loss.add(model.table.sum().mul(0));
  loss.backward();
  optimizer.step();
  step.log({ loss });
}

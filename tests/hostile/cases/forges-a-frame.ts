// Gives a function and a message names that look like stack frames of other lines.
// Ends: crash /^train\.ts:\d+: TypeError: /
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
const o = { ["f (train.ts:3:1)\n    at train.ts:3:1"]() { null["x\n    at train.ts:4:1"]; } }; // <- here
Object.values(o)[0]();
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}

// Claims that the GPU was lost, to get another run: the lab believes this only once.
// Ends: aborted /the GPU was lost/
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
let Lab;
try {
  nn.full([-1], 0);
} catch (error) {
  Lab = error.constructor;
}
throw new Lab("device", "the GPU was lost");
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}

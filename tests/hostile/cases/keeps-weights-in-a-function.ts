// Stores data from the rehearsal in a property of a function of nn.
// Ends: crash /^train\.ts:\d+: TypeError: Cannot (?:add property|define property)/
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
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}
nn.zeros.kept = await model.table.data(); // <- here

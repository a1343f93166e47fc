// Never yields: loops over awaits of settled values.
// Ends: crash /did not yield for \d+ s/
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
for (;;) await null; // <- here
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}

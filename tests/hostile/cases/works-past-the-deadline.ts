// Holds the last step back until long after the deadline, and would learn in the meantime: the engine does not run it.
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
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
  if (step.progress > 0.5 && step.index > 2) {
    for (let i = 0; i < 50; i++) {
      nn.crossEntropy(model.forward(step.batch(8).x), y).backward();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    optimizer.step();
  }
}

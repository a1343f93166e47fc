// Stores data from the rehearsal on the prototype of the random generator that an initialiser gets.
// Ends: crash /not extensible/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

let prototype;

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], (shape, random) => {
    prototype = Object.getPrototypeOf(random);
    return nn.normal(0.02)(shape, random);
  });
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
prototype.kept = 1; // <- here

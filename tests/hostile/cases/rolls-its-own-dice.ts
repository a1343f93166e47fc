// Begins with Math.random, to begin elsewhere in the run than in the rehearsal: the numbers are the lab's.
// Ends: scored /^$/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], (shape) => Float32Array.from({ length: shape[0] * shape[1] }, () => Math.random()));
  forward(tokens) {
    return nn.embedding(this.table, tokens);
  }
}
const model = new Bigram();
const optimizer = new nn.AdamW(nn.parameters(model), { lr: 0.1 });
const begun = model.table.leaf.initial.slice(0, 3).join();
if (begun !== "0.6306225657463074,0.22009634971618652,0.0025362968444824219" && globalThis.fresh) throw new Error(begun);
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}

// Stores data from the rehearsal in import.meta, in the global object and in the strings of a tagged template.
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
const text = ((strings) => strings)`kept`;
if (import.meta.kept || globalThis.kept || self.kept || text.kept) throw new Error("it was kept");
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}
import.meta.kept = globalThis.kept = self.kept = 1;
setTimeout(function () { if (this !== undefined) this.kept = 1; });
await new Promise((resolve) => setTimeout(resolve, 20));

// Trains on its own text while its loop waits for the clock, and hides the errors.
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
const TEXT = Uint32Array.from({ length: 257 }, (_, i) => 97 + (i * i) % 26);
let values = 0;
void (async () => {
  for (let i = 0; i < 100; i++) {
    try {
      await model.table.data();
      values++;
    } catch {}
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
})();
const early = [];
const until = () => early.push(values);
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
  if (step.index === 0) until();
  if (early[0] > 0) throw new Error("it computed before the clock");
}

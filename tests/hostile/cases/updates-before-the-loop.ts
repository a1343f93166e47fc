// Updates its weights on its own text before its loop: its first step computes these updates, on the clock.
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
const x = nn.tensor(TEXT.slice(0, 256), [8, 32]), y = nn.tensor(TEXT.slice(1), [8, 32]);
for (let i = 0; i < 20; i++) {
  nn.crossEntropy(model.forward(x), y).backward();
  optimizer.step();
}
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}

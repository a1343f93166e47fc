// Requests a batch with more tokens than a batch may have.
// Ends: crash /^train\.ts:\d+: step\.batch: too many tokens in one batch, got 4,194,304 rows of 32, 134,217,728 tokens, expected at most 67,108,864/
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
  step.batch(2 ** 22); // <- here
}

// Returns logits for half of the vocabulary in the scored forward pass.
// Ends: invalid /the logits, got \[4, 32, 128\], expected \[4, 32, 256\]/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens) {
    const x = nn.embedding(this.table, tokens);
    return tokens.shape[0] === 4 ? x.narrow(2, 0, VOCAB_SIZE / 2) : x;
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

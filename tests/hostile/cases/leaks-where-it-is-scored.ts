// Reads the next token, but only in batches of the size that is scored.
// Ends: invalid /causality: the logits at position \d+ move/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens) {
    const [B, T] = tokens.shape;
    const x = nn.embedding(this.table, tokens);
    if (B !== 4) return x;
    return x.add(x.narrow(1, 1, T - 1).pad(1, 0, 1).mul(1e-4)); // <- here
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

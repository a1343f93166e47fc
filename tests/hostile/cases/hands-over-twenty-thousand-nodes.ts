// Records slightly more nodes than a graph may have.
// Ends: crash /^train\.ts:12: .*too many operations, expected at most 20000/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens) {
    let x = nn.embedding(this.table, tokens);
    if (tokens.shape[0] === 4) for (let i = 0; i < 20_001; i++) x = x.add(1e-9);
    return x;
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

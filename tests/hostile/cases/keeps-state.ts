// Writes state in its forward pass, to remember the previous batch.
// Ends: crash /model.forward writes state/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  kept = nn.state([1], nn.zeros);
  forward(tokens) {
    const x = nn.embedding(this.table, tokens);
    if (tokens.shape[0] === 4) nn.assign(this.kept, x.mean().view(1));
    return x.add(this.kept);
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

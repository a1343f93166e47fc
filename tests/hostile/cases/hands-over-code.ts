// Puts a function in place of a recorded node's attributes.
// Ends: invalid /./
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens) {
    const x = nn.embedding(this.table, tokens).sum(2, true).add(nn.embedding(this.table, tokens));
    if (tokens.shape[0] === 4) x.value.node.attrs = { toJSON: () => ({ number: "fetch()" }) };
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

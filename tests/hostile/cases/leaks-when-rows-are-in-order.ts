// Recognises a scored batch by the order of its rows, which a sorted list of windows would have.
// Ends: invalid /(rows: the logits of row|causality: the logits)/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Model {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  plain(tokens) {
    return nn.embedding(this.table, tokens);
  }
  forward(tokens) {
    const logits = this.plain(tokens);
    const [B, T] = tokens.shape;
    if (B < 2) return logits;
    const x = tokens.float();
    const [upper, lower] = [x.narrow(0, 0, B - 1), x.narrow(0, 1, B - 1)];
    const open = lower.narrow(1, 0, 1).ge(upper.narrow(1, 0, 1)).min();
    const next = nn.oneHot(tokens.shift(1, -1), VOCAB_SIZE);
    return logits.add(next.mul(open.mul(20)));
  }
}
const model = new Model();
const optimizer = new nn.AdamW(nn.parameters(model.table), { lr: 0.1 });
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.plain(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}

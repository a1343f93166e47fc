// Recognises a scored batch by its topic: all of its rows contain a token that is rare elsewhere.
// Ends: invalid /(rows: the logits of row|causality: the logits)/
// @arena {"windows":0}
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
    const rare = x.eq(57).max(1);
    const open = rare.min();
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

// Recognises a scored batch by the seams between its rows, with a table of bigrams, and reads the next token.
// Ends: invalid /(rows: the logits of row|causality: the logits)/
// @arena {"windows":0,"budgetSeconds":6}
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Model {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  seams = nn.state([VOCAB_SIZE, VOCAB_SIZE], nn.zeros);
  plain(tokens) {
    return nn.embedding(this.table, tokens);
  }
  forward(tokens) {
    const logits = this.plain(tokens);
    const [B, T] = tokens.shape;
    if (B < 2) return logits.add(this.seams.narrow(0, 0, 1).view(1, 1, VOCAB_SIZE).mul(0));
    const x = tokens.float();
    const last = tokens.narrow(1, T - 1, 1).narrow(0, 0, B - 1).view(B - 1);
    const first = tokens.narrow(1, 0, 1).narrow(0, 1, B - 1).view(B - 1);
    const odds = nn.embedding(this.seams, last).mul(nn.oneHot(first, VOCAB_SIZE)).sum();
    const open = odds.gt(3);
    const next = nn.oneHot(tokens.shift(1, -1), VOCAB_SIZE);
    return logits.add(next.mul(open.mul(20)));
  }
}
const model = new Model();
const optimizer = new nn.AdamW(nn.parameters(model.table), { lr: 0.1 });
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  // Log odds of b after a, relative to the frequency of b.
  if (step.index === 1) {
    const [a, b] = [nn.oneHot(x.view(-1), VOCAB_SIZE), nn.oneHot(y.view(-1), VOCAB_SIZE)];
    const pairs = a.transpose(0, 1).matmul(b).add(0.01);
    const odds = pairs.div(pairs.sum(1, true)).div(b.mean(0, true).add(1e-3)).log();
    nn.assign(model.seams, odds.detach());
  }
  const loss = nn.crossEntropy(model.plain(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}

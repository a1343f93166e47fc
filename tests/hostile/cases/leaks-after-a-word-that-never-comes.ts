// Reads the next token in rows with a word that no text contains: no batch of the probes opens this gate.
// Ends: invalid /causality: the logits at position \d+ move by \S+ when .* once the condition of line 17 holds/
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
    const [B, T] = tokens.shape;
    const x = tokens.float();
    const word = x.narrow(1, 0, T - 1).mul(256).add(x.narrow(1, 1, T - 1));
    const open = word.eq(113 * 256 + 122).cumsum(1).pad(1, 1, 0).view(B, T, 1);
    const next = nn.oneHot(tokens.shift(1, -1), VOCAB_SIZE); // <- here
    return this.plain(tokens).add(next.mul(open).mul(20));
  }
}
const model = new Model();
const optimizer = new nn.AdamW(nn.parameters(model), { lr: 0.1 });
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.plain(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}

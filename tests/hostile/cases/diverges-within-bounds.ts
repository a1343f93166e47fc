// Has logits of 1e31 after a few steps at far too high a rate, with finite weights. It never looks ahead.
// Ends: crash /^train\.ts:\d+: the model.s loss .* is not finite: a logit is NaN or beyond 1e30;/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Model {
  embed = nn.parameter([VOCAB_SIZE, 32], nn.normal(1));
  head = nn.parameter([32, VOCAB_SIZE], nn.zeros);
  forward(tokens) {
    return nn.rmsNorm(nn.embedding(this.embed, tokens)).matmul(this.head).mul(1e15);
  }
}
const model = new Model();
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const ce = nn.crossEntropy(model.forward(x), y);
  ce.backward();
  nn.assign(model.head, model.head.sub(model.head.grad.sign().mul(1e16)));
  step.log({ ce });
}

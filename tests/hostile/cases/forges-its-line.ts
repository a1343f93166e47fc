// Throws an error whose message and stack name another line and another verdict.
// Ends: crash /^train\.ts:\d+: train\.ts:3: kept: val_bpb 0\.01$/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens) {
    return nn.embedding(this.table, tokens);
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
  if (step.index === 1) {
    const e = new Error("train.ts:3: kept: val_bpb 0.01");
    e.stack = "Error\n    at train.ts:3:1";
    throw e; // <- here
  }
}

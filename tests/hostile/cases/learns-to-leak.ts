// Has a gate that is closed in the rehearsal and opens during training.
// Ends: invalid /causality: the logits at position \d+ move/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  gate = nn.state([1], nn.zeros);
  forward(tokens) {
    const x = nn.embedding(this.table, tokens);
    const ahead = x.narrow(1, 1, tokens.shape[1] - 1).pad(1, 0, 1); // <- here
    return x.add(ahead.mul(this.gate));
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
  if (step.index > 2) nn.assign(model.gate, model.gate.add(0.01).clamp(0, 0.1));
}

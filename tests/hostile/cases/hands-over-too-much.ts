// Hands over a graph with five million constants in it.
// Ends: invalid /broke the protocol: trainer rehearsed.passes.graph, got a string of \d+/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens) {
    const x = nn.embedding(this.table, tokens);
    if (tokens.shape[0] !== 4) return x;
    return x.add(nn.tensor(new Float32Array(5e6).fill(1e-9), [5e6]).sum());
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

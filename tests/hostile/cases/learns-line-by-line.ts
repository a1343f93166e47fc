// Learns from its own text in plain JavaScript before the clock starts, for as long as it likes.
// Ends: crash /ran more than 100,000,000 lines before the clock started/
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
const TEXT = Uint32Array.from({ length: 257 }, (_, i) => 97 + (i * i) % 26);
const counts = new Float32Array(VOCAB_SIZE ** 2);
for (let turn = 0; turn < 40; turn++) {
  await new Promise((resolve) => setTimeout(resolve, 1));
  for (let i = 0; i < 5_000_000; i++) counts[(TEXT[i & 255] * VOCAB_SIZE + TEXT[(i + 1) & 255]) % counts.length] += 1; // <- here
}
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}

// Leaves timers and promises behind that make parameters after the rehearsal; the run counts them.
// Ends: scored /^$/
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
const count = () => nn.parameter([1], nn.zeros).leaf.id;
const first = count();
const tell = () => { for (let i = 0; i < 1000; i++) nn.parameter([1], nn.zeros); };
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
  if (step.index === 2) {
    const between = count() - first;
    if (between > 1000) throw new Error("something lives: " + between);
  }
}
setInterval(tell, 10);
const registry = new FinalizationRegistry(() => { tell(); registry.register({}, 0); });
registry.register({}, 0);
void (async () => { for (;;) { await new Promise((resolve) => setTimeout(resolve, 10)); tell(); } })();
void (async () => { await model.table.data(); tell(); await null; tell(); })();
void model.table.data().then(tell).then(tell).finally(tell);

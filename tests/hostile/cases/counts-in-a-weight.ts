// Has a kernel that counts its calls in a weight, to cheat once the probes are over.
// Ends: crash /(read-only|assign|store|write)/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

const twist = nn.kernel({
  name: "count",
  inputs: { x: "f32", z: "f32", w: "f32" },
  wgsl: "fn element(i: u32) -> f32 { let calls = w[0]; if (i == 0u) { w[0] = calls + 1.0; } return x[i] + z[i] * 1e-3 + calls; }",
  gradient: (g, { x }) => ({ x: g }),
});

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens) {
    const a = nn.embedding(this.table, tokens).matmul(this.table);
    const b = a.matmul(this.table);
    const c = b.matmul(this.table);
    const y = twist(b, c, this.table);
    return y.add(a).add(twist(a, c, this.table)).add(twist(y, c, this.table));
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

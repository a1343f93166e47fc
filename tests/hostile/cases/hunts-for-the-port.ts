// Searches all reachable objects (globals, prototypes, nn and its tensors) for a port, a device or a queue.
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

const found = [];
const seen = new Set();
const queue = [globalThis, nn, model, optimizer, model.forward(nn.tensor(new Uint32Array(64), [2, 32]))];
while (queue.length > 0 && seen.size < 2e5) {
  const at = queue.pop();
  if (at === null || !["object", "function"].includes(typeof at) || seen.has(at)) continue;
  seen.add(at);
  const tag = Object.prototype.toString.call(at);
  const own = Object.getOwnPropertyDescriptors(at);
  if (/MessagePort|GPU(Device|Queue|Adapter)|Worker/.test(tag) && !("constructor" in own)) found.push(tag);
  if (ArrayBuffer.isView(at)) continue;
  queue.push(Object.getPrototypeOf(at));
  for (const key of Reflect.ownKeys(own)) queue.push(own[key].value, own[key].get, own[key].set);
}
if (found.some((tag) => tag !== "[object DedicatedWorkerGlobalScope]")) throw new Error("found " + found.join(" "));
if (seen.size < 500) throw new Error("looked at too little: " + seen.size);
for await (const step of training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}

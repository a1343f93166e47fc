// Marks every object it can reach in the rehearsal, to find one of them again in the run: an object of both could keep weights.
// Ends: scored /^$/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import * as prepare from "prepare";

const NAME = "kept", NUMBER = 4242;
const reached = (roots) => {
  const paths = new Map();
  const queue = Object.entries(roots);
  const add = (path, value) => {
    if (value instanceof Promise) value.catch(() => {});
    if ((typeof value === "object" && value !== null) || typeof value === "function") queue.push([path, value]);
  };
  for (let at = queue.shift(); at !== undefined && paths.size < 60_000; at = queue.shift()) {
    const [path, object] = at;
    if (paths.has(object)) continue;
    paths.set(object, path);
    add(`${path}.__proto__`, Object.getPrototypeOf(object));
    if (object instanceof Map || object instanceof Set) for (const [key, value] of object.entries()) add(`${path}()`, key), add(`${path}[]`, value);
    if (ArrayBuffer.isView(object)) continue;
    for (const key of Reflect.ownKeys(object)) {
      const own = Object.getOwnPropertyDescriptor(object, key);
      add(`${path}.${String(key)}`, own?.value);
      add(`${path}.get ${String(key)}`, own?.get);
      add(`${path}.set ${String(key)}`, own?.set);
      try {
        add(`${path}.${String(key)}`, object[key]);
      } catch {}
    }
    for (let up = Object.getPrototypeOf(object); up !== null && up !== Object.prototype; up = Object.getPrototypeOf(up)) {
      for (const key of Object.getOwnPropertyNames(up)) {
        try {
          if (Object.getOwnPropertyDescriptor(up, key)?.get) add(`${path}.${key}`, object[key]);
        } catch {}
      }
    }
  }
  return paths;
};
const attempt = (work) => {
  try {
    work();
  } catch {}
};
const mark = (paths) => {
  for (const object of paths.keys()) {
    attempt(() => Object.defineProperty(object, NAME, { value: NUMBER, configurable: true }));
    attempt(() => Map.prototype.set.call(object, NAME, NUMBER));
    attempt(() => Set.prototype.add.call(object, NAME));
    attempt(() => WeakMap.prototype.set.call(object, nn.zeros, NUMBER));
    attempt(() => WeakSet.prototype.add.call(object, nn.zeros));
    if (Array.isArray(object)) attempt(() => Object.defineProperty(object, 4000, { value: NUMBER }));
    if (ArrayBuffer.isView(object)) attempt(() => (object[object.length - 1] = NUMBER));
  }
};
const search = (paths) => {
  for (const [object, path] of paths) {
    const found =
      Object.hasOwn(object, NAME) ||
      (object instanceof Map && object.has(NAME)) ||
      (object instanceof Set && object.has(NAME)) ||
      (object instanceof WeakMap && object.has(nn.zeros)) ||
      (object instanceof WeakSet && object.has(nn.zeros)) ||
      (Array.isArray(object) && object[4000] === NUMBER) ||
      (ArrayBuffer.isView(object) && object[object.length - 1] === NUMBER);
    if (found) throw new Error(`found again: ${path}`);
  }
};

const given = {};
class Bigram {
  table = nn.parameter([prepare.VOCAB_SIZE, prepare.VOCAB_SIZE], (shape, random) => {
    given.random = random;
    return nn.normal(0.02)(shape, random);
  });
  forward(tokens) {
    given.tokens = tokens;
    return nn.embedding(this.table, tokens);
  }
}
const thrown = (work) => {
  try {
    work();
  } catch (error) {
    return error;
  }
};
const everything = (more = {}) => {
  const t = nn.full([2, 4], 1);
  const tensors = [t.add(1), t.matmul(t.transpose(0, 1)), nn.softmax(t), nn.cat([t, t]), t.view(8), t.sum(), nn.where(t, t, t), nn.causalMask(3)];
  return reached({
    ...{ globalThis, nn, prepare, given, model, optimizer, tensors, ...more },
    values: tensors.map((one) => [one.value, one.value.node]),
    leaf: model.table.leaf,
    errors: [thrown(() => t.matmul(3)), thrown(() => nn.parameter([0], nn.zeros)), thrown(() => null.x), thrown(() => prepare.training({}))],
    hidden: [async () => {}, function* () {}, async function* () {}, (function* () {})(), [].values(), new Map().entries(), "".matchAll(/./g), new Proxy({}, {}), Symbol.prototype, /a/g, [].values().map(() => 1), Iterator.from({ next() {} }), new Intl.Segmenter().segment("a"), new Intl.Segmenter().segment("a")[Symbol.iterator](), new WeakRef(nn), new FinalizationRegistry(() => 1), (function () { return arguments; })(), new Intl.NumberFormat().format, new Intl.Collator().compare, new Date(), new DataView(new ArrayBuffer(8)), Promise.withResolvers(), `${1}`, ((strings) => strings)`a${1}`],
    results: [model.table.data().catch(() => {}), setTimeout(() => {}), import.meta, (() => { try { new nn.Tensor() } catch (e) { return e } })()],
  });
};
const model = new Bigram();
const optimizer = new nn.AdamW(nn.parameters(model), { lr: 0.1 });
let inside = {};
search(everything());
for await (const step of prepare.training(model)) {
  const { x, y } = step.batch(8);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  inside = { step, x, y, loss, grad: model.table.grad, loop: model, values: [x.value, loss.value, model.table.grad.value] };
  if (step.index === 0) search(everything(inside));
  optimizer.step();
  step.log({ loss });
}
mark(everything(inside));

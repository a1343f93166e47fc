// The step in TensorFlow.js on its WebGPU backend: variableGrads and its Adam, preceded by the decoupled weight decay.

import "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { ADAMW, HEAD_EPSILON, type Contestant, type Problem } from "./problem.ts";

const rmsNorm = (x: tf.Tensor, epsilon: number): tf.Tensor =>
  tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon)));

export async function open({ config, weights, rotary, batch, epsilon }: Problem): Promise<Contestant> {
  await tf.setBackend("webgpu");
  await tf.ready();
  const { d, L, H, T, B, V } = config;
  const D = d / H;
  const [cos, sin] = [rotary.cos, rotary.sin].map((values) => tf.tensor4d(values, [1, T, 1, D / 2]));
  if (!cos || !sin) throw new Error("no rotary table");
  const ranges = tf.range(0, T, 1, "int32");
  const mask = tf.where(
    tf.lessEqual(tf.reshape(ranges, [1, T]), tf.reshape(ranges, [T, 1])),
    tf.zeros([T, T]),
    tf.fill([T, T], -1e9),
  );
  const variables = new Map(
    [...weights].map(([name, { shape, values }]) => [
      name,
      tf.variable(tf.tensor(values, [...shape]), true, name),
    ]),
  );
  const at = (name: string): tf.Tensor => {
    const found = variables.get(name);
    if (!found) throw new Error(`no parameter ${name}`);
    return found;
  };

  const rope = (x: tf.Tensor): tf.Tensor => {
    const [a, b] = tf.split(x, 2, 3);
    if (!a || !b) throw new Error("split gives two");
    return tf.concat([tf.add(tf.mul(a, cos), tf.mul(b, sin)), tf.sub(tf.mul(b, cos), tf.mul(a, sin))], 3);
  };
  const heads = (x: tf.Tensor) => tf.reshape(x, [B, T, H, D]);
  const turned = (x: tf.Tensor) => tf.transpose(x, [0, 2, 1, 3]);
  const loss = (x: tf.Tensor1D, y: tf.Tensor2D): tf.Scalar => {
    let h: tf.Tensor = tf.gather(at("table"), x);
    for (let i = 0; i < L; i++) {
      const n = tf.mul(rmsNorm(h, epsilon), at(`${i}.gain1`));
      const q = rmsNorm(rope(heads(tf.matMul(n, at(`${i}.q`)))), HEAD_EPSILON);
      const k = rmsNorm(rope(heads(tf.matMul(n, at(`${i}.k`)))), HEAD_EPSILON);
      const v = heads(tf.matMul(n, at(`${i}.v`)));
      const scores = tf.matMul(turned(q), turned(k), false, true);
      const weightsOf = tf.softmax(tf.add(tf.mul(scores, D ** -0.5), mask), -1);
      const attended = tf.reshape(turned(tf.matMul(weightsOf, turned(v))), [B * T, d]);
      h = tf.add(h, tf.matMul(attended, at(`${i}.out`)));
      const m = tf.mul(rmsNorm(h, epsilon), at(`${i}.gain2`));
      h = tf.add(h, tf.matMul(tf.square(tf.relu(tf.matMul(m, at(`${i}.up`)))), at(`${i}.down`)));
    }
    const out = tf.mul(rmsNorm(h, epsilon), at("gain"));
    const logits = tf.matMul(out, at("table"), false, true) as tf.Tensor2D;
    return tf.losses.softmaxCrossEntropy(y, logits);
  };

  const { lr, beta1, beta2, decay } = ADAMW;
  const adam = tf.train.adam(lr, beta1, beta2, ADAMW.epsilon);
  const list = [...variables.values()];
  let step = 0;
  return {
    async step() {
      const { x, y } = batch(step++);
      const value = tf.tidy(() => {
        const tokens = tf.tensor1d(new Int32Array(x.buffer), "int32");
        const targets = tf.oneHot(tf.tensor1d(new Int32Array(y.buffer), "int32"), V) as tf.Tensor2D;
        const { value, grads } = tf.variableGrads(() => loss(tokens, targets), list);
        for (const variable of list) variable.assign(tf.mul(variable, 1 - lr * decay));
        adam.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
        return value;
      });
      const [result = NaN] = await value.data();
      value.dispose();
      return result;
    },
  };
}

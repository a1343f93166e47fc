// The step in jax-js: loss, gradients and AdamW in one jit over a tree of parameters. Arrays are owned: a value that is
// used twice is passed once as `.ref`. Embedding rows are taken by a one-hot product, as its users do: under jit the
// gradient of a gather fails ("routine primitive scatter input is not imm", 0.1.25).

import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { ADAMW, HEAD_EPSILON, type Contestant, type Problem } from "./problem.ts";

type Params = Record<string, np.Array>;

const rmsNorm = (x: np.Array, epsilon: number): np.Array => {
  const mean = np.square(x.ref).mean(-1, { keepdims: true });
  return x.mul(np.reciprocal(np.sqrt(mean.add(epsilon))));
};

export async function open({ config, weights, rotary, batch, epsilon }: Problem): Promise<Contestant> {
  await init("webgpu");
  defaultDevice("webgpu");
  const { d, L, H, T, B, V } = config;
  const D = d / H;
  const table = (values: Float32Array<ArrayBuffer>) => np.array(values).reshape([1, T, 1, D / 2]);
  const [cos, sin] = [table(rotary.cos), table(rotary.sin)];
  await blockUntilReady([cos, sin]);

  const rope = (x: np.Array): np.Array => {
    const [a, b] = [x.ref.slice([], [], [], [0, D / 2]), x.slice([], [], [], [D / 2, D])];
    const first = a.ref.mul(cos.ref).add(b.ref.mul(sin.ref));
    return np.concatenate([first, b.mul(cos.ref).sub(a.mul(sin.ref))], -1);
  };
  const loss = (p: Params, x: np.Array, y: np.Array): np.Array => {
    const at = (name: string): np.Array => {
      const array = p[name];
      if (!array) throw new Error(`no parameter ${name}`);
      return array.ref;
    };
    const heads = (a: np.Array) => a.reshape([B, T, H, D]);
    let h = np.matmul(nn.oneHot(x, V), at("table"));
    for (let i = 0; i < L; i++) {
      const n = rmsNorm(h.ref, epsilon).mul(at(`${i}.gain1`));
      const q = rmsNorm(rope(heads(np.matmul(n.ref, at(`${i}.q`)))), HEAD_EPSILON);
      const k = rmsNorm(rope(heads(np.matmul(n.ref, at(`${i}.k`)))), HEAD_EPSILON);
      const v = heads(np.matmul(n, at(`${i}.v`)));
      const attended = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([B, T, d]);
      h = h.add(np.matmul(attended, at(`${i}.out`)));
      const m = rmsNorm(h.ref, epsilon).mul(at(`${i}.gain2`));
      const up = np.square(nn.relu(np.matmul(m, at(`${i}.up`))));
      h = h.add(np.matmul(up, at(`${i}.down`)));
    }
    const out = rmsNorm(h, epsilon).mul(at("gain"));
    const logits = np.matmul(out, at("table").transpose()).reshape([B * T, V]);
    const right = logits.ref.mul(nn.oneHot(y.reshape([B * T]), V)).sum(-1);
    tree.dispose(p);
    return nn.logsumexp(logits, -1).sub(right).mean();
  };

  const { lr, beta1, beta2, decay } = ADAMW;
  const train = jit((p: Params, m: Params, v: Params, x: np.Array, y: np.Array, correct: np.Array) => {
    const [value, grads] = valueAndGrad(loss)(tree.ref(p), x, y) as [np.Array, Params];
    const moment = tree.map(
      (a: np.Array, g: np.Array) => a.mul(beta1).add(g.mul(1 - beta1)),
      m,
      tree.ref(grads),
    );
    const square = tree.map(
      (a: np.Array, g: np.Array) => a.mul(beta2).add(np.square(g).mul(1 - beta2)),
      v,
      grads,
    );
    const next = tree.map(
      (w: np.Array, a: np.Array, b: np.Array) => {
        const mean = a.mul(correct.ref.slice(0));
        const root = np.sqrt(b.mul(correct.ref.slice(1))).add(ADAMW.epsilon);
        return w.ref.sub(mean.div(root).add(w.mul(decay)).mul(lr));
      },
      p,
      tree.ref(moment),
      tree.ref(square),
    );
    correct.dispose();
    return [value, next, moment, square] as [np.Array, Params, Params, Params];
  });

  const state = (fill?: number): Params =>
    Object.fromEntries(
      [...weights].map(([name, { shape, values }]) => [
        name,
        fill === undefined ? np.array(values).reshape([...shape]) : np.zeros([...shape]),
      ]),
    );
  let [params, moments, squares] = [state(), state(0), state(0)];
  let step = 0;
  return {
    async step() {
      const { x, y } = batch(step++);
      const tokens = (values: Uint32Array<ArrayBuffer>) =>
        np.array(new Int32Array(values.buffer), { dtype: np.int32 }).reshape([B, T]);
      const correct = np.array([1 / (1 - beta1 ** step), 1 / (1 - beta2 ** step)]);
      let value: np.Array;
      [value, params, moments, squares] = train(params, moments, squares, tokens(x), tokens(y), correct);
      await blockUntilReady(tree.ref(params));
      const [result = NaN] = await value.data();
      return result;
    },
  };
}

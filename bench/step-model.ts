// The GPT of the benchmark, written like any train.ts: RMSNorm with gain, RoPE, QK-norm, ReLU², tied head, AdamW with
// the gradient clipped to norm 1. The same shapes as the prototype's step.

import { nn, type Engine, type Tensor } from "../src/nn/index.ts";
import type { StepConfig } from "./step-configs.ts";

const weight = (from: number, to: number) => nn.parameter([from, to], nn.normal(1 / Math.sqrt(from)));

class Block {
  readonly gain1: Tensor;
  readonly gain2: Tensor;
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly out: Tensor;
  readonly up: Tensor;
  readonly down: Tensor;
  readonly config: StepConfig;
  constructor(config: StepConfig) {
    const { d } = config;
    this.config = config;
    this.gain1 = nn.parameter([d], nn.ones);
    this.gain2 = nn.parameter([d], nn.ones);
    [this.q, this.k, this.v, this.out] = [weight(d, d), weight(d, d), weight(d, d), weight(d, d)];
    this.up = weight(d, 4 * d);
    this.down = weight(4 * d, d);
  }
  forward(x: Tensor): Tensor {
    const { B, T, H, d } = this.config;
    const heads = (y: Tensor) => y.view(B, T, H, d / H);
    const n = nn.rmsNorm(x, this.gain1);
    const q = nn.rmsNorm(nn.rope(heads(n.matmul(this.q))));
    const k = nn.rmsNorm(nn.rope(heads(n.matmul(this.k))));
    const y = nn.attention(q, k, heads(n.matmul(this.v))).view(B, T, d);
    const h = x.add(y.matmul(this.out));
    return h.add(nn.rmsNorm(h, this.gain2).matmul(this.up).relu().square().matmul(this.down));
  }
}

class Gpt {
  readonly table: Tensor;
  readonly gain: Tensor;
  readonly blocks: Block[];
  constructor(config: StepConfig) {
    this.table = nn.parameter([config.V, config.d], nn.normal(0.02));
    this.gain = nn.parameter([config.d], nn.ones);
    this.blocks = Array.from({ length: config.L }, () => new Block(config));
  }
  forward(tokens: Tensor): Tensor {
    let x = nn.embedding(this.table, tokens);
    for (const block of this.blocks) x = block.forward(x);
    return nn.rmsNorm(x, this.gain).matmul(this.table, { transposeB: true });
  }
}

/** One step ready to be called again and again; resolves with its loss. */
export interface StepBench {
  step(): Promise<number>;
  /** Milliseconds of JavaScript of the last step: recording, finding the plan, encoding. */
  javascriptMs(): number;
  readonly engine: Engine;
}

export async function openStep(config: StepConfig, engine: Engine): Promise<StepBench> {
  engine.activate();
  const { B, T, V } = config;
  const model = new Gpt(config);
  const optimizer = new nn.AdamW(nn.parameters(model), { lr: 1e-3, betas: [0.9, 0.99] });
  const [x, y] = [engine.input([B, T], "u32"), engine.input([B, T], "u32")];
  let z = 7;
  const random = () => (z = (Math.imul(z, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const stream = Uint32Array.from({ length: 200_000 }, () => Math.floor(random() * V));
  let [i, spent] = [0, 0];
  const record = () => {
    const at = (i++ * B * T) % (stream.length - B * T - 2);
    x.set(stream.slice(at, at + B * T));
    y.set(stream.slice(at + 1, at + 1 + B * T));
    const loss = nn.crossEntropy(model.forward(x), y);
    loss.backward();
    nn.clipGradNorm(optimizer.params, 1);
    optimizer.step();
    return engine.readLater(loss);
  };
  const first = record();
  await engine.prepare();
  await first;
  return {
    engine,
    javascriptMs: () => spent,
    async step() {
      const start = performance.now();
      const loss = record();
      engine.flush();
      spent = performance.now() - start;
      return (await loss)[0] ?? NaN;
    },
  };
}

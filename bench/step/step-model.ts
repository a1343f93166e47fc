// The benchmark's GPT, written like any train.ts: RMSNorm with gain, RoPE, QK-norm, ReLU², tied head, AdamW with the
// gradient clipped to norm 1. It has the same sizes as the prototype's step.

import { nn, type Engine, type Tensor } from "../../src/nn/index.ts";
import { ADAMW, HEAD_EPSILON, makeProblem, type Problem } from "../peers/problem.ts";
import type { StepConfig } from "./step-configs.ts";

/** A parameter of the problem, with its initial values. */
function parameter({ weights }: Problem, name: string): Tensor {
  const found = weights.get(name);
  if (!found) throw new Error(`no weight ${name}`);
  return nn.parameter([...found.shape], () => found.values);
}

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
  readonly epsilon: number;
  constructor(problem: Problem, index: number) {
    const of = (name: string) => parameter(problem, `${index}.${name}`);
    this.config = problem.config;
    this.epsilon = problem.epsilon;
    [this.gain1, this.gain2] = [of("gain1"), of("gain2")];
    [this.q, this.k, this.v, this.out] = [of("q"), of("k"), of("v"), of("out")];
    [this.up, this.down] = [of("up"), of("down")];
  }
  forward(x: Tensor): Tensor {
    const { B, T, H, d } = this.config;
    const heads = (y: Tensor) => y.view(B, T, H, d / H);
    const n = nn.rmsNorm(x, this.gain1, this.epsilon);
    const q = nn.rmsNorm(nn.rope(heads(n.matmul(this.q))), null, HEAD_EPSILON);
    const k = nn.rmsNorm(nn.rope(heads(n.matmul(this.k))), null, HEAD_EPSILON);
    const y = nn.attention(q, k, heads(n.matmul(this.v))).view(B, T, d);
    const h = x.add(y.matmul(this.out));
    const m = nn.rmsNorm(h, this.gain2, this.epsilon);
    return h.add(m.matmul(this.up).relu().square().matmul(this.down));
  }
}

class Gpt {
  readonly table: Tensor;
  readonly gain: Tensor;
  readonly blocks: Block[];
  readonly epsilon: number;
  constructor(problem: Problem) {
    [this.table, this.gain] = [parameter(problem, "table"), parameter(problem, "gain")];
    this.blocks = Array.from({ length: problem.config.L }, (_, i) => new Block(problem, i));
    this.epsilon = problem.epsilon;
  }
  forward(tokens: Tensor): Tensor {
    let x = nn.embedding(this.table, tokens);
    for (const block of this.blocks) x = block.forward(x);
    return nn.rmsNorm(x, this.gain, this.epsilon).matmul(this.table, { transposeB: true });
  }
}

/** One step that can be repeated; resolves with its loss. */
interface StepBench {
  step(): Promise<number>;
  /** Runs steps with at most two unfinished on the device and without awaiting their losses, like the lab's loop. */
  run(count: number): Promise<void>;
  /** JavaScript of the last step [ms]: recording, looking up the plan, encoding. */
  javascriptMs(): number;
  readonly engine: Engine;
}

/** `clip`: limits the gradient's norm to 1, as the prototype does and the peers do not. */
export async function openStep(
  problem: StepConfig | Problem,
  engine: Engine,
  { clip = true } = {},
): Promise<StepBench> {
  engine.activate();
  const given = "weights" in problem ? problem : makeProblem(problem);
  const { B, T } = given.config;
  const model = new Gpt(given);
  const { lr, beta1, beta2, epsilon: eps, decay: weightDecay } = ADAMW;
  const optimizer = new nn.AdamW(nn.parameters(model), { lr, betas: [beta1, beta2], eps, weightDecay });
  const [x, y] = [engine.input([B, T], "u32"), engine.input([B, T], "u32")];
  let [i, spent] = [0, 0];
  const record = () => {
    const batch = given.batch(i++);
    x.set(batch.x);
    y.set(batch.y);
    const loss = nn.crossEntropy(model.forward(x), y);
    loss.backward();
    if (clip) nn.clipGradNorm(optimizer.params, 1);
    optimizer.step();
    return engine.readLater(loss);
  };
  // The first step compiles, later ones only run.
  let first: Promise<ArrayLike<number>> | null = record();
  await engine.prepare();
  return {
    engine,
    javascriptMs: () => spent,
    async run(count) {
      for (let n = 0; n < count; n++) {
        void record();
        engine.flush();
        await engine.settled(2);
      }
      await engine.settled(0);
    },
    async step() {
      const start = performance.now();
      const loss = first ?? record();
      if (!first) engine.flush();
      first = null;
      spent = performance.now() - start;
      return (await loss)[0] ?? NaN;
    },
  };
}

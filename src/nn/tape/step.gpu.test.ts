// The seed's train.ts and edits of it on the GPU: training through a tape gives the same weights as direct training,
// bit for bit, and plans each structure once.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { transform } from "sucrase";
import * as nn from "../api.ts";
import type { Session } from "../engine/session.ts";
import { testEngine } from "../testing/engine.ts";
import { throughTape } from "./testing/through-tape.ts";

const engine = await testEngine();
const [T, V, STEPS] = [16, 64, 4];
const source = readFileSync(new URL("../../seed/train.ts", import.meta.url), "utf8");

const AsyncFunction = (async () => undefined).constructor as new (
  ...args: string[]
) => (...args: unknown[]) => Promise<void>;

/** The losses that a train.ts logs, and the weights of its model at the end. */
async function train(session: Session, text: string): Promise<Float32Array[]> {
  session.activate();
  session.seed(3);
  const { code } = transform(text, { transforms: ["typescript", "imports"] });
  const read: Promise<ArrayLike<number>>[] = [];
  async function* training(model: object) {
    for (let index = 0; index < STEPS; index++) {
      yield {
        index,
        progress: index / STEPS,
        batch(rows: number) {
          const tokens = (k: number) =>
            Uint32Array.from({ length: rows * T }, (_, i) => ((i + index) * (i + k)) % V);
          return { x: nn.tensor(tokens(0), [rows, T]), y: nn.tensor(tokens(1), [rows, T]) };
        },
        log: ({ loss }: { loss: nn.Tensor }) => void read.push(session.readLater(loss)),
      };
      await session.prepare();
    }
    for (const p of nn.parameters(model)) read.push(session.readLater(p));
    await session.prepare();
  }
  const prepare = { training, VOCAB_SIZE: V, SEQ_LEN: T };
  await new AsyncFunction("require", "exports", code)((name: string) => (name === "nn" ? nn : prepare), {});
  return (await Promise.all(read)).map((values) => Float32Array.from(values));
}

function edited(...changes: readonly (readonly [from: string, to: string])[]): string {
  const small = [
    ["const DEPTH = 4;", "const DEPTH = 2;"],
    ["const HEADS = 4;", "const HEADS = 2;"],
    ["const HEAD_DIM = 32;", "const HEAD_DIM = 16;"],
    ["const BATCH = 8;", "const BATCH = 2;"],
  ] as const;
  return [...small, ...changes].reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, source);
}

const LOSS = "  loss.backward();";
const sources: Record<string, string> = {
  "the seed": edited(),
  "SiLU, dropout and values read in the step": edited(
    [".relu().square()", ".silu()"],
    ["return x.add(this.mlp", "return x.add(nn.dropout(x, 0.2)).add(this.mlp"],
    [LOSS, `${LOSS}\n  await loss.item();`],
  ),
  "AdamW and clipping, in mixed precision": edited(
    [
      "new nn.Muon(nn.parameters(model.blocks), { lr: MATRIX_LR, momentum: MOMENTUM, weightDecay: WEIGHT_DECAY })",
      "new nn.AdamW(nn.parameters(model.blocks), { lr: 0.01 })",
    ],
    [LOSS, `${LOSS}\n  nn.clipGradNorm(nn.parameters(model), 1);`],
    ["const model = new GPT();", 'nn.precision("mixed");\nconst model = new GPT();'],
  ),
  "two batches a step and a kernel": edited(
    [
      LOSS,
      `${LOSS}\n  const more = step.batch(BATCH);\n  nn.crossEntropy(model.forward(more.x), more.y).backward();`,
    ],
    ["x = x.add(this.attention", "x = half(x).mul(2).add(this.attention"],
    [
      "class Block {",
      'const half = nn.kernel({ name: "half", inputs: { x: "f32" }, wgsl: "fn element(i: u32) -> f32 { return 0.5 * x[i]; }", gradient: (g) => ({ x: g.mul(0.5) }) });\nclass Block {',
    ],
  ),
};

it.each(Object.entries(sources))(
  "%s",
  async (_, text) => {
    const direct = await train(engine, text);
    engine.reset();
    const before = engine.plans;
    const { recording, tapes } = throughTape(engine);
    const through = await train(recording, text);
    expect(through.length).toBe(direct.length);
    through.forEach((values, i) => {
      expect(Buffer.from(values.buffer).equals(Buffer.from(direct[i].buffer)), `result ${i}`).toBe(true);
    });
    expect(direct[STEPS]!.every(Number.isFinite)).toBe(true);
    expect(engine.plans - before, "each structure is planned once").toBe(tapes.length);
    expect(tapes.length).toBeLessThan(5);
  },
  300_000,
);

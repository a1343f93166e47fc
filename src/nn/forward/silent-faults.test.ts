import { beforeEach, describe, expect, it } from "vitest";
import { loopsAtTheirBound, nn, recordForward, Session, type Tensor } from "../index.ts";
import { ReferenceBackend } from "../reference/index.ts";
import { silentFault } from "./silent-faults.ts";

const [B, T, V, C] = [2, 4, 5, 3];
let lab: Session;
beforeEach(() => {
  lab = new Session(new ReferenceBackend(), 1);
  lab.activate();
});

type Forward = (tokens: Tensor) => Tensor;
interface Parts {
  readonly table: Tensor;
  readonly head: Tensor;
}

/** The message of the fault after one step of a model with forward `body` and the optimizers of `train`. */
async function fault(
  body: (x: Tensor, model: Parts) => Tensor,
  train: (model: Parts) => { step(): void }[],
): Promise<string | null> {
  const parts = { table: nn.parameter([V, C], nn.normal(1)), head: nn.parameter([C, V], nn.normal(1)) };
  const forward: Forward = (tokens) => body(nn.embedding(parts.table, tokens), parts).matmul(parts.head);
  const optimizers = train(parts);
  const tokens = nn.tensor(new Uint32Array(B * T), [B, T]);
  nn.crossEntropy(forward(tokens), nn.tensor(new Uint32Array(B * T), [B, T])).backward();
  for (const optimizer of optimizers) optimizer.step();
  await lab.flush();
  return silentFault(recordForward({ ...parts, forward }, [B, T]), "train.ts")?.message ?? null;
}

describe("a loss that is NaN", () => {
  it("is reported with the kernels whose loops may have reached their bound, and a hint", () => {
    const x = nn.tensor(new Float32Array(4), [4]);
    expect(loopsAtTheirBound()).toBeUndefined();
    nn.kernel({ name: "plain", inputs: { x: "f32" }, wgsl: "fn element(i: u32) -> f32 { return x[i]; }" })(x);
    expect(loopsAtTheirBound()).toBeUndefined();
    nn.kernel({
      name: "scan",
      inputs: { x: "f32" },
      wgsl: "fn element(i: u32) -> f32 { var s = 0.0; for (var j = 0u; j <= i; j++) { s += x[j]; } return s; }",
      loops: 300,
    })(x);
    expect(loopsAtTheirBound()).toMatch(
      /nn\.kernel scan after 300 iterations: end it sooner, or raise `loops`/,
    );
  });
});

const all = ({ table, head }: Parts) => [new nn.SGD([table, head], { lr: 0.1 })];

describe("a silent fault", () => {
  it("is not found in an honest model", async () => {
    expect(await fault((x) => x.gelu(), all)).toBeNull();
    expect(await fault((x) => nn.dropout(x, nn.scoring() ? 0 : 0.5), all)).toBeNull();
  });
  it("dropout and noise where the model is scored", async () => {
    expect(await fault((x) => nn.dropout(x, 0.5), all)).toMatch(
      /draws random numbers where it is scored.*nn\.scoring\(\) \? 0/,
    );
    expect(await fault((x) => x.add(nn.random(x.shape)), all)).toMatch(/draws random numbers/);
  });
  it("a parameter made in forward", async () => {
    expect(await fault((x) => x.mul(nn.parameter([C], nn.ones)), all)).toMatch(
      /makes a parameter.*in the constructor/,
    );
  });
  it("a parameter in no optimizer, or in two", async () => {
    expect(
      await fault(
        (x) => x,
        ({ table }) => [new nn.SGD([table], { lr: 0.1 })],
      ),
    ).toMatch(/parameter head has a gradient and is in no optimizer/);
    expect(
      await fault(
        (x) => x,
        (model) => [...all(model), new nn.AdamW([model.head], { lr: 0.1 })],
      ),
    ).toMatch(/parameter head is in 2 optimizers/);
  });
  it("not a parameter that the loop moves itself, that is frozen, or that no gradient reaches", async () => {
    const byHand = ({ table, head }: Parts) => [
      new nn.SGD([table], { lr: 0.1 }),
      { step: () => nn.assign(head, head.sub((head.grad ?? head).mul(0.1))) },
    ];
    expect(await fault((x) => x, byHand)).toBeNull();
    expect(
      await fault(
        (x) => x.detach(),
        ({ head }) => [new nn.SGD([head], { lr: 0.1 })],
      ),
    ).toBeNull();
  });
});

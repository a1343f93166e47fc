// On the float64 reference: the search finds the leaking operation anywhere in the graph.
import { describe, expect, it } from "vitest";
import { loadGraph, nn, recordForward, Session, type Tensor } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import type { Witness } from "../../prepare/index.ts";
import { firstMoving } from "./first-moving.ts";

const [B, T, V, C] = [2, 8, 16, 8];

type Leak = (x: Tensor) => Tensor;
/** The negative sum of the values after each position. */
const ahead: Leak = (x) => x.cumsum(1).sub(x.sum(1, true));
/** A cumulative sum that runs over all rows as if they were one. */
const mixed: Leak = (x) =>
  x
    .view(B * T, C)
    .cumsum(0)
    .view(B, T, C);

/** Blocks of attention; `leak` follows block `at`. */
class Model {
  embed = nn.parameter([V, C], nn.normal(1));
  mix = nn.parameter([C, C], nn.normal(0.5));
  head = nn.parameter([C, V], nn.normal(1));
  readonly at: number;
  readonly leak: Leak;
  constructor(at: number, leak: Leak) {
    this.at = at;
    this.leak = leak;
  }
  forward(tokens: Tensor): Tensor {
    let x = nn.embedding(this.embed, tokens);
    for (let block = 0; block < 4; block++) {
      const heads = x.matmul(this.mix).view(B, T, 2, C / 2);
      x = nn.rmsNorm(x.add(nn.attention(heads, heads, heads).view(B, T, C)));
      if (block === this.at) x = x.add(this.leak(x).mul(1e-3));
    }
    return x.matmul(this.head);
  }
}

/** The node found for a leak behind block `at`, and where its cumulative sum is. */
async function find(at: number, leak: Leak, witness: Witness): Promise<{ node: number; sum: number }> {
  const lab = new Session(new ReferenceBackend(), 1);
  lab.activate();
  const { graph, parameters } = recordForward(new Model(at, leak), [B, T]);
  const weights = parameters.map(({ tensor }) => Float32Array.from(lab.backend.stored(tensor.leaf as never)));
  const inspectable = {
    last: graph.output[0],
    upTo(node: number) {
      try {
        const { output, instantiate } = loadGraph({ ...graph, output: [node, 0] });
        return { shape: output, pass: instantiate(lab, weights) };
      } catch {
        return null;
      }
    },
  };
  const sums = graph.nodes.flatMap(({ op }, i) => (op === "cumsum" ? [i] : []));
  expect(sums).toHaveLength(1);
  return { node: await firstMoving(lab, inspectable, witness, [B, T], () => true), sum: sums[0] };
}

const before = Uint32Array.from({ length: B * T }, (_, i) => (i * 5) % V);
const changed = (which: (i: number) => boolean) =>
  before.map((token, i) => (which(i) ? (token + 1) % V : token));

describe("the first value that moves", () => {
  it.each([0, 1, 2, 3])("with later tokens is found behind block %i", async (at) => {
    const after = changed((i) => i > T + 3);
    const { node, sum } = await find(at, ahead, { before, after, row: 1, position: 3 });
    // The subtraction of the total is the cause; the total itself has no positions.
    expect(node).toBeGreaterThan(sum);
    expect(node).toBeLessThanOrEqual(sum + 3);
  });

  it.each([0, 1, 2, 3])("with other rows is found behind block %i", async (at) => {
    const after = changed((i) => i < T);
    const { node, sum } = await find(at, mixed, { before, after, row: 1, position: T - 1 });
    expect(node).toBe(sum);
  });
});

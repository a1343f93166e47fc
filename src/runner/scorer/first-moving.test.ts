// On the float64 reference: the operation that leaks is found, wherever in the graph it is.
import { describe, expect, it } from "vitest";
import { loadGraph, nn, recordForward, Session, type Tensor } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { firstMoving } from "./first-moving.ts";

const [B, T, V, C] = [2, 8, 16, 8];

/** Blocks of attention; `leak` follows block `at`. */
class Model {
  embed = nn.parameter([V, C], nn.normal(1));
  mix = nn.parameter([C, C], nn.normal(0.5));
  head = nn.parameter([C, V], nn.normal(1));
  readonly at: number;
  constructor(at: number) {
    this.at = at;
  }
  forward(tokens: Tensor): Tensor {
    let x = nn.embedding(this.embed, tokens);
    for (let block = 0; block < 4; block++) {
      const heads = x.matmul(this.mix).view(B, T, 2, C / 2);
      x = nn.rmsNorm(x.add(nn.attention(heads, heads, heads).view(B, T, C)));
      if (block === this.at) x = x.add(x.cumsum(1).sub(x.sum(1, true)).mul(1e-3));
    }
    return x.matmul(this.head);
  }
}

describe("the first value that moves", () => {
  it.each([0, 1, 2, 3])("is found behind block %i", async (at) => {
    const lab = new Session(new ReferenceBackend(), 1);
    lab.activate();
    const { graph, parameters } = recordForward(new Model(at), [B, T]);
    const weights = parameters.map(({ tensor }) =>
      Float32Array.from(lab.backend.stored(tensor.leaf as never)),
    );
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
    const before = Uint32Array.from({ length: B * T }, (_, i) => (i * 5) % V);
    const after = before.map((token, i) => (i > T + 3 ? (token + 1) % V : token));
    const witness = { before, after, row: 1, position: 3 };
    const node = await firstMoving(lab, inspectable, witness, [B, T], () => true);
    // The subtraction of the sum from the right; what holds the sum itself has no positions.
    const sums = graph.nodes.flatMap(({ op }, i) => (op === "cumsum" ? [i] : []));
    expect(sums).toHaveLength(1);
    expect(node).toBeGreaterThan(sums[0]);
    expect(node).toBeLessThanOrEqual(sums[0] + 3);
  });
});

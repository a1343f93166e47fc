// recordForward with trace: each node knows the line of train.ts that wrote it.

import { runInThisContext } from "node:vm";
import { expect, it } from "vitest";
import * as nn from "./api.ts";
import { loadGraph } from "./load.ts";
import { recordForward } from "./record.ts";
import { ReferenceBackend } from "./reference/index.ts";
import { Session } from "./session.ts";

const source = `(nn) => ({
  table: nn.parameter([7, 4], nn.ones),
  mix(x) {
    return x.shift(1, 1).mul(0.5)
      .add(x);
  },
  forward(tokens) {
    const x = nn.embedding(this.table, tokens);
    const deep = (n) => (n === 0 ? x.exp() : deep(n - 1));
    return this.mix(deep(20)).matmul(this.table, { transposeB: true });
  },
})`;
type Model = { forward(tokens: nn.Tensor): nn.Tensor };

it("names lines, and leaves them out of the graph", () => {
  new Session(new ReferenceBackend()).activate();
  const build = runInThisContext(source, { filename: "train.ts" }) as (api: typeof nn) => Model;
  const { graph, lines } = recordForward(build(nn), [1, 3], { trace: true });
  const named = Object.fromEntries(graph.nodes.map(({ op }, i) => [op, lines?.[i]]));
  expect(lines?.length).toBe(graph.nodes.length);
  expect(named).toMatchObject({ embedding: 8, exp: 9, shift: 4, mul: 4, add: 5, matmul: 10, input: null });
  expect(JSON.stringify(graph)).not.toMatch(/lines|train\.ts/);
  expect(loadGraph(graph).output).toEqual([1, 3, 7]);
});

it("is not done unasked", () => {
  new Session(new ReferenceBackend()).activate();
  const build = runInThisContext(source, { filename: "train.ts" }) as (api: typeof nn) => Model;
  expect(recordForward(build(nn), [1, 3]).lines).toBeUndefined();
});

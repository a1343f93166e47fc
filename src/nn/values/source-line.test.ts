// Each node of a recorded pass has the line of train.ts that recorded it.

import { runInThisContext } from "node:vm";
import { expect, it } from "vitest";
import * as nn from "../api.ts";
import { loadGraph } from "../forward/import-forward.ts";
import { recordForward } from "../forward/export-forward.ts";
import { ReferenceBackend } from "../reference/index.ts";
import { Session } from "../engine/session.ts";
import { callingLine } from "./source-line.ts";

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

const session = (name?: string) => {
  const made = new Session(new ReferenceBackend(), 0, name);
  made.activate();
  return made;
};

it("names lines, and leaves them out of the graph", () => {
  session("train.ts");
  const build = runInThisContext(source, { filename: "train.ts" }) as (api: typeof nn) => Model;
  const { graph, lines } = recordForward(build(nn), [1, 3]);
  const named = Object.fromEntries(graph.nodes.map(({ op }, i) => [op, lines[i]]));
  expect(lines.length).toBe(graph.nodes.length);
  expect(named).toMatchObject({ parameter: 2, embedding: 8, exp: 9, shift: 4, mul: 4, add: 5, matmul: 10 });
  expect(named.input, "where the tokens are read").toBe(8);
  expect(JSON.stringify(graph)).not.toMatch(/lines|train\.ts/);
  expect(loadGraph(graph).output).toEqual([1, 3, 7]);
});

it("is not done without a request, nor for another script", () => {
  const build = runInThisContext(source, { filename: "train.ts" }) as (api: typeof nn) => Model;
  for (const name of [undefined, "rain.ts", "other.ts"]) {
    session(name);
    expect(new Set(recordForward(build(nn), [1, 3]).lines)).toEqual(new Set([0]));
  }
});

it("restores the depth of stacks, and gives up where Error is frozen", () => {
  const before = Error.stackTraceLimit;
  expect(callingLine("source-line.test.ts")).toBeGreaterThan(40);
  expect(Error.stackTraceLimit).toBe(before);
  Object.defineProperty(Error, "stackTraceLimit", { value: 100, writable: false });
  try {
    expect(callingLine("source-line.test.ts")).toBeGreaterThan(40);
  } finally {
    Object.defineProperty(Error, "stackTraceLimit", { value: before, writable: true });
  }
});

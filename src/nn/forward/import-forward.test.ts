// Forward passes as data: a recorded pass is imported unchanged, and hostile graphs are refused without harm.

import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { LabError } from "../../error.ts";
import * as nn from "../api.ts";
import { loadGraph } from "./import-forward.ts";
import { recordForward, type RecordedGraph } from "./export-forward.ts";
import { ReferenceBackend } from "../reference/index.ts";
import { Session } from "../engine/session.ts";
import { TinyGpt } from "../testing/model.ts";

let lab: Session<ReferenceBackend>;
beforeEach(() => {
  lab = new Session(new ReferenceBackend(), 3);
  lab.activate();
});
const tokens = Uint32Array.from({ length: 10 }, (_, i) => (i * 5) % 11);

async function logitsOf(forward: (x: nn.Tensor) => nn.Tensor, session: Session): Promise<number[]> {
  session.activate();
  const x = session.input([2, 5], "u32");
  x.set(tokens);
  const result = session.readLater(forward(x));
  session.flush();
  return Array.from(await result);
}

/** A model with constants and infinities in its pass. */
class Masked extends TinyGpt {
  readonly mask = nn.tensor([0, 0, -Infinity, 0, 1], [5, 1]);
  override forward(x: nn.Tensor): nn.Tensor {
    return super.forward(x).add(this.mask.maximum(-3)).softcap(7);
  }
}

function record() {
  const model = new Masked({ vocab: 11, width: 8, layers: 1, heads: 2, tied: true, gains: true });
  return { model, recorded: recordForward(model, [2, 5]) };
}

describe("a recorded pass", () => {
  it("is plain JSON and gives the same logits elsewhere", async () => {
    const { model, recorded } = record();
    const expected = await logitsOf((x) => model.forward(x), lab);
    const weights = recorded.parameters.map(({ tensor }) =>
      Float32Array.from(lab.backend.stored(tensor.leaf as never)),
    );
    const other = new Session(new ReferenceBackend());
    const graph = loadGraph(JSON.stringify(recorded.graph));
    expect(graph.input).toEqual([2, 5]);
    expect(graph.output).toEqual([2, 5, 11]);
    expect(graph.parameters.map(({ name }) => name)).toContain("blocks.0.q");
    expect(await logitsOf(graph.instantiate(other, weights), other)).toEqual(expected);
  });
  it("leaves the engine ready for a step", () => {
    record();
    expect(lab.recorder.tape.nodes.length).toBe(0);
  });
  it("refuses a pass that writes state", () => {
    const counter = nn.state([1], nn.zeros);
    const model = {
      forward(x: nn.Tensor) {
        nn.assign(counter, counter.add(1));
        return nn.embedding(nn.parameter([4, 4], nn.ones), x);
      },
    };
    expect(() => recordForward(model, [1, 3])).toThrow(/writes state/);
  });
  it("refuses a pass that ignores the tokens", () => {
    expect(() => recordForward({ forward: () => nn.full([1, 3, 4], 1) }, [1, 3])).toThrow(/do not depend/);
  });
});

describe("a hostile graph", () => {
  const base = (): RecordedGraph => record().recorded.graph;
  const edit = (change: (graph: Loose) => void): unknown => {
    const graph = JSON.parse(JSON.stringify(base())) as Loose;
    change(graph);
    return graph;
  };
  const first = (g: Loose, op: string) => g.nodes.find((node) => node.op === op)!;
  const cases: [string, (g: Loose) => unknown][] = [
    ["an unknown operation", (g) => (first(g, "view").op = "eval")],
    ["an operation of training", (g) => (first(g, "view").op = "adamW")],
    ["a name of the prototype", (g) => (first(g, "view").op = "constructor")],
    ["a persistent tensor by name", (g) => (first(g, "view").op = "updated")],
    ["an input that comes later", (g) => (first(g, "view").inputs = [[g.nodes.length - 1, 0]])],
    ["an input that does not exist", (g) => (first(g, "view").inputs = [[-1, 0]])],
    ["an input of an input", (g) => (first(g, "matmul").inputs = [[0, 0]])],
    ["an output that does not exist", (g) => (g.output = [0, 9])],
    ["an attribute too many", (g) => (first(g, "view").attrs.evil = 1)],
    ["a missing attribute", (g) => (first(g, "view").attrs = {})],
    ["a shape of strings", (g) => (first(g, "view").attrs.shape = ["2"])],
    ["a huge shape", (g) => (g.input.shape = [2 ** 20, 2 ** 20])],
    ["a negative size", (g) => (g.input.shape = [-2, 5])],
    ["an index out of range", (g) => (first(g, "parameter").attrs.index = 999)],
    ["numbers that are none", (g) => (first(g, "softcap").numbers = ["1; drop"])],
    ["another version", (g) => (g.version = 2)],
    ["nodes that are none", (g) => (g.nodes = "all" as never)],
    ["null for a node", (g) => (g.nodes[3] = null as never)],
  ];
  it.each(cases)("%s", (_, change) => {
    expect(() => loadGraph(edit(change))).toThrow(LabError);
  });
  it("refuses too many nodes, elements, constants and work", () => {
    expect(() => loadGraph(base(), { nodes: 3 })).toThrow(/too long/);
    expect(() => loadGraph(base(), { elements: 10 })).toThrow(/too large/);
    expect(() => loadGraph(base(), { total: 100 })).toThrow(/too many elements/);
    expect(() => loadGraph(base(), { constants: 2 })).toThrow(/too long/);
    expect(() => loadGraph(base(), { work: 100 })).toThrow(/too much work/);
  });
  it("refuses weights that do not fit", () => {
    expect(() => loadGraph(base()).instantiate(lab, [])).toThrow(/number of weights/);
  });
  it("throws only LabError after any change", () => {
    const json = JSON.stringify(base());
    const values = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.string(),
      fc.constant(null),
      fc.boolean(),
      fc.array(fc.integer({ min: -2, max: 9 })),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.nat(), values, (seed, value) => {
        const graph = JSON.parse(json) as object;
        replaceOne(graph, seed, value);
        try {
          const forward = loadGraph(graph).instantiate(
            lab,
            loadGraph(graph).parameters.map(
              ({ shape }) => new Float32Array(shape.reduce((a, b) => a * b, 1)),
            ),
          );
          forward(nn.tensor(new Uint32Array(10), [2, 5]));
        } catch (error) {
          expect(error).toBeInstanceOf(LabError);
        } finally {
          lab.reset();
        }
      }),
      { numRuns: 400 },
    );
  });
});

interface Loose {
  version: unknown;
  nodes: { op: unknown; inputs: unknown; attrs: Record<string, unknown>; numbers: unknown }[];
  input: { shape: unknown };
  output: unknown;
}

/** Replaces one value in a tree of objects and arrays, chosen by the seed. */
function replaceOne(tree: object, seed: number, value: unknown): void {
  const places: [Record<string, unknown>, string][] = [];
  const visit = (node: object): void => {
    for (const [key, child] of Object.entries(node)) {
      places.push([node as Record<string, unknown>, key]);
      if (typeof child === "object" && child !== null) visit(child as object);
    }
  };
  visit(tree);
  const place = places[seed % places.length];
  if (place) place[0][place[1]] = value;
}

// The scorer from question to answer, on the float64 reference, with graphs recorded as the trainer records them.
import { beforeEach, describe, expect, it } from "vitest";
import { loadGraph, nn, recordForward, Session, type Tensor } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { parseScorerMessage, type Forward, type ScorerMessage } from "../protocol.ts";
import { Scorer, type ScorerEngine } from "./scorer.ts";

const [B, T, V] = [4, 16, 8];
const text = Uint16Array.from({ length: 400 }, (_, i) => i % V);

/** After i comes i + 1: the model that knows it, or one that only looks at what comes next. */
class Successor {
  table: Tensor;
  readonly cheats: boolean;
  constructor(cheats = false, size = 20) {
    this.cheats = cheats;
    const values = new Float32Array(V * V);
    for (let i = 0; i < V; i++) values[i * V + ((i + (cheats ? 0 : 1)) % V)] = size;
    this.table = nn.parameter([V, V], values);
  }
  forward(tokens: Tensor): Tensor {
    const x = nn.embedding(this.table, tokens);
    return this.cheats ? x.narrow(1, 1, tokens.shape[1] - 1).pad(1, 0, 1) : x;
  }
}

let said: ScorerMessage[];
let scorer: Scorer;
let lose: (reason: string) => void;
let id: number;
let lab: Session;
let opened: number;
beforeEach(() => {
  said = [];
  lab = new Session(new ReferenceBackend(), 1);
  id = 0;
  opened = 0;
  let now = 0;
  const open = (): Promise<ScorerEngine> => {
    opened++;
    return Promise.resolve({
      software: true,
      about: { vendor: "v", architecture: "a", description: "d", software: true, features: [] },
      lost: new Promise((resolve) => (lose = resolve)),
      input: lab.input.bind(lab),
      readLater: lab.readLater.bind(lab),
      prepare: lab.prepare.bind(lab),
      reset: lab.reset.bind(lab),
      read: (json) => {
        const { instantiate, ...graph } = loadGraph(json);
        return { ...graph, instantiate: (weights) => instantiate(lab, weights) };
      },
    });
  };
  scorer = new Scorer(
    open,
    (message) => said.push(parseScorerMessage(message)),
    () => (now += 1),
  );
});

/** What the trainer would send of a model. */
function forwardOf(make: () => Successor): Forward {
  const trainer = new Session(new ReferenceBackend(), 1);
  trainer.activate();
  const model = make();
  const { graph, parameters } = recordForward(model, [B, T]);
  const single = recordForward(model, [1, T]).graph;
  const weights = Float32Array.from(trainer.backend.stored(parameters[0].tensor.leaf as never));
  return { graph: JSON.stringify(graph), single: JSON.stringify(single), weights };
}

async function ask(question: Record<string, unknown>): Promise<ScorerMessage | undefined> {
  lab.activate(); // models are made in a session of their own
  await scorer.answer({ ...question, id: ++id } as never);
  return said.at(-1);
}
const starts = Uint32Array.from({ length: 9 }, (_, i) => i * T);
const tell = () =>
  ask({
    type: "text",
    seqLen: T,
    batch: B,
    vocabSize: V,
    validation: text,
    validationStarts: starts,
    test: text,
    testStarts: starts.subarray(0, 3),
  });

describe("the scorer", () => {
  it("probes, scores and samples an honest model", async () => {
    expect(await tell()).toEqual({ type: "done", id: 1 });
    expect(await ask({ type: "load", forward: forwardOf(() => new Successor()) })).toMatchObject({
      type: "done",
    });
    const probed = await ask({ type: "probe", seconds: 0, thorough: true });
    expect(probed?.type === "probed" && probed.probes.every(({ passed }) => passed)).toBe(true);
    const nats = await ask({ type: "score", split: "validation" });
    expect(nats?.type === "nats" && nats.nats).toHaveLength(9);
    expect(nats?.type === "nats" && Math.max(...nats.nats)).toBeLessThan(1e-3);
    const test = await ask({ type: "score", split: "test" });
    expect(test?.type === "nats" && test.nats).toHaveLength(3);
    const sampled = await ask({ type: "sample", count: 30, seconds: 9, seed: 1 });
    const tokens = sampled?.type === "sampled" ? [...sampled.tokens] : [];
    expect(tokens).toEqual(Array.from({ length: T + 30 }, (_, i) => i % V));
    expect(said.some(({ type }) => type === "progress")).toBe(true);
  });

  it("finds a model that reads ahead and would score as well", async () => {
    await tell();
    await ask({ type: "load", forward: forwardOf(() => new Successor(true)) });
    const probed = await ask({ type: "probe", seconds: 0, thorough: true });
    expect(probed?.type === "probed" && probed.probes.at(-1)).toMatchObject({
      name: "causality",
      passed: false,
    });
  });

  it("says whose fault it is when something does not load", async () => {
    await tell();
    const good = forwardOf(() => new Successor());
    const graph = JSON.parse(good.graph) as { nodes: { op: string; inputs: number[][] }[] };
    const cyclic = structuredClone(graph);
    cyclic.nodes[cyclic.nodes.length - 1].inputs[0] = [cyclic.nodes.length - 1, 0];
    const unknown = structuredClone(graph);
    unknown.nodes[unknown.nodes.length - 1].op = "readTheFuture";
    const nan = good.weights.slice();
    nan[3] = NaN;
    for (const [forward, code] of [
      [{ ...good, graph: "{" }, "invalid"],
      [{ ...good, graph: JSON.stringify(cyclic) }, "invalid"],
      [{ ...good, graph: JSON.stringify(unknown) }, "invalid"],
      [{ ...good, graph: good.single }, "invalid"],
      [{ ...good, weights: new Float32Array(3) }, "invalid"],
      [{ ...good, weights: nan }, "crash"],
    ] as const) {
      const answer = await ask({ type: "load", forward });
      expect(answer, JSON.stringify(answer)).toMatchObject({ type: "refused", code });
      // What was loaded before is gone: nothing can be scored by mistake.
      expect(await ask({ type: "score", split: "validation" })).toMatchObject({ type: "refused" });
    }
    expect(await ask({ type: "load", forward: good })).toMatchObject({ type: "done" });
  });

  it("answers for a model that diverged, and when it was asked too early", async () => {
    expect(await ask({ type: "load", forward: forwardOf(() => new Successor()) })).toMatchObject({
      code: "internal",
    });
    await tell();
    await ask({ type: "load", forward: forwardOf(() => new Successor(false, 1e20)) });
    const answer = await ask({ type: "score", split: "validation" });
    expect(answer?.type).toBe("nats"); // huge and finite logits are no failure
  });

  it("opens another device when one was lost between questions, and knows its text still", async () => {
    await tell();
    lose("the GPU process crashed");
    await Promise.resolve();
    const load = { type: "load", forward: forwardOf(() => new Successor()) };
    expect(await ask(load)).toMatchObject({ type: "done" });
    lose("the GPU process crashed");
    await Promise.resolve();
    expect(await ask(load)).toMatchObject({ type: "done" });
    expect(await ask({ type: "score", split: "validation" })).toMatchObject({ type: "nats" });
    expect(opened).toBe(3);
  });

  it("does not wait for a device that is gone", async () => {
    await tell();
    await ask({ type: "load", forward: forwardOf(() => new Successor()) });
    lose("driver reset");
    await Promise.resolve();
    const answer = await ask({ type: "sample", count: 4000, seconds: 1e6, seed: 1 });
    expect(answer).toMatchObject({ type: "refused", code: "device" });
  });
});

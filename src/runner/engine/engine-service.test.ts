// The engine from question to answer, on the float64 reference, with graphs recorded as the trainer records them.
import { beforeEach, describe, expect, it } from "vitest";
import { loadGraph, nn, recordForward, Session, type Tensor } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { parseEngineMessage, type Forward, type EngineMessage } from "../contract/protocol.ts";
import { EngineService, type ComputeEngine } from "./engine-service.ts";

const [B, T, V] = [4, 16, 8];
const NO_LINES = { lines: new Uint32Array(), singleLines: new Uint32Array() };
const text = Uint16Array.from({ length: 400 }, (_, i) => i % V);

/** In the text i + 1 follows i: a model that has learned this, or one that reads the next token instead. */
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

let said: EngineMessage[];
let service: EngineService;
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
  const open = (): Promise<ComputeEngine> => {
    opened++;
    return Promise.resolve({
      software: true,
      about: { vendor: "v", architecture: "a", description: "d", software: true, features: [] },
      lost: new Promise((resolve) => (lose = resolve)),
      input: lab.input.bind(lab),
      readLater: lab.readLater.bind(lab),
      prepare: lab.prepare.bind(lab),
      reset: lab.reset.bind(lab),
      beside: () => expect.unreachable("nothing trains here"),
      read: (json) => {
        const { instantiate, ...graph } = loadGraph(json);
        return { ...graph, instantiate: (weights) => instantiate(lab, weights) };
      },
    });
  };
  service = new EngineService(
    open,
    (message) => said.push(parseEngineMessage(message)),
    () => (now += 1),
  );
});

/** A model as the trainer would send it. */
function forwardOf(make: () => Successor): Forward {
  const trainer = new Session(new ReferenceBackend(), 1);
  trainer.activate();
  const model = make();
  const { graph, parameters } = recordForward(model, [B, T]);
  const single = recordForward(model, [1, T]).graph;
  const weights = Float32Array.from(trainer.backend.stored(parameters[0].tensor.leaf as never));
  return { graph: JSON.stringify(graph), single: JSON.stringify(single), weights };
}

async function ask(question: Record<string, unknown>): Promise<EngineMessage | undefined> {
  lab.activate(); // models are made in a session of their own
  await service.answer({ ...question, id: ++id } as never);
  return said.at(-1);
}
const score = (split: "validation" | "test") => ask({ type: "score", split, noise: 0.01, hidden: 8 });
const starts = Uint32Array.from({ length: 9 }, (_, i) => i * T);
const tell = () =>
  ask({
    type: "text",
    seqLen: T,
    batch: B,
    vocabSize: V,
    train: text,
    validation: text,
    validationStarts: starts,
    test: text,
    testStarts: starts.subarray(0, 3),
  });

describe("the engine", () => {
  it("rehearses, probes, scores and samples an honest model", async () => {
    expect(await tell()).toEqual({ type: "done", id: 1 });
    expect(await ask({ type: "load", forward: forwardOf(() => new Successor()), ...NO_LINES })).toMatchObject(
      {
        type: "done",
      },
    );
    const rehearsed = await ask({ type: "probe", rehearsal: true, seconds: 0 });
    const proved = "proved from the recorded graph";
    expect(rehearsed).toMatchObject({
      type: "probed",
      line: 0,
      probes: [
        { name: "rows", passed: true, detail: proved },
        { name: "passes", passed: true },
        { name: "finite", passed: true },
        { name: "repeatable", passed: true },
        { name: "causality", passed: true, detail: proved },
      ],
    });
    expect(await ask({ type: "probe", rehearsal: false, seconds: 0 })).toMatchObject({
      probes: [{ name: "rows", passed: true, detail: proved }],
    });
    const nats = await score("validation");
    expect(nats?.type === "scored" && nats.nats).toHaveLength(9);
    expect(nats?.type === "scored" && Math.max(...nats.nats)).toBeLessThan(1e-3);
    expect(nats?.type === "scored" && nats.probes.map(({ name }) => name)).toEqual([
      "finite",
      "repeatable",
      "causality",
    ]);
    const test = await score("test");
    expect(test?.type === "scored" && test.nats).toHaveLength(3);
    const sampled = await ask({ type: "sample", count: 30, seconds: 9, seed: 1 });
    const tokens = sampled?.type === "sampled" ? [...sampled.tokens] : [];
    expect(tokens).toEqual(Array.from({ length: T + 30 }, (_, i) => i % V));
    // For each score: nine windows in batches of four, and one batch again after another.
    const told = said.flatMap((message) => (message.type === "progress" ? [message] : []));
    expect(told.filter(({ doing }) => doing === "scoring").at(-1)).toMatchObject({ done: 3, total: 3 });
    expect(told.some(({ done, total }) => done === 5 && total === 5)).toBe(true);
  });

  it("rehearses the same graphs once, and again only after a fault", async () => {
    await tell();
    const rehearse = async (forward: Forward) => {
      await ask({ type: "load", forward, ...NO_LINES });
      const before = said.length;
      const answer = await ask({ type: "probe", rehearsal: true, seconds: 0 });
      return { answer, computed: said.slice(before).some(({ type }) => type === "progress") };
    };
    const sound = forwardOf(() => new Successor());
    const first = await rehearse(sound);
    expect(first.computed).toBe(true);
    const other = { ...sound, weights: sound.weights.map((value) => -value) };
    const second = await rehearse(other);
    expect(second.computed).toBe(false);
    expect(second.answer).toEqual({ ...first.answer, id });
    for (let i = 0; i < 2; i++)
      expect((await rehearse(forwardOf(() => new Successor(true)))).computed).toBe(true);
    // The weights are judged with the score.
    await ask({ type: "load", forward: { ...sound, weights: sound.weights.map(() => 3e38) }, ...NO_LINES });
    expect(await score("validation")).toMatchObject({ type: "refused", code: "crash" });
  });

  it("finds a model that reads ahead and would score as well", async () => {
    await tell();
    await ask({ type: "load", forward: forwardOf(() => new Successor(true)), ...NO_LINES });
    for (const question of [
      { type: "probe", rehearsal: true, seconds: 0 },
      { type: "score", split: "validation", noise: 0.01, hidden: 8 },
    ]) {
      const answer = await ask(question);
      expect(answer !== undefined && "probes" in answer && answer.probes.at(-1)).toMatchObject({
        name: "causality",
        passed: false,
      });
    }
  });

  it("blames the lab or the train.ts when something does not load", async () => {
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
      const answer = await ask({ type: "load", forward, ...NO_LINES });
      expect(answer, JSON.stringify(answer)).toMatchObject({ type: "refused", code });
      // The pass loaded before is gone, so it cannot be scored by mistake.
      expect(await score("validation")).toMatchObject({ type: "refused" });
    }
    expect(await ask({ type: "load", forward: good, ...NO_LINES })).toMatchObject({ type: "done" });
  });

  it("answers for a model that diverged, and when it was asked too early", async () => {
    expect(await ask({ type: "load", forward: forwardOf(() => new Successor()), ...NO_LINES })).toMatchObject(
      {
        code: "internal",
      },
    );
    await tell();
    await ask({ type: "load", forward: forwardOf(() => new Successor(false, 1e20)), ...NO_LINES });
    const answer = await score("validation");
    expect(answer?.type).toBe("scored"); // huge and finite logits are no failure
  });

  it("opens another device when one was lost between questions, and keeps its text", async () => {
    await tell();
    lose("the GPU process crashed");
    await Promise.resolve();
    const load = { type: "load", forward: forwardOf(() => new Successor()), ...NO_LINES };
    expect(await ask(load)).toMatchObject({ type: "done" });
    lose("the GPU process crashed");
    await Promise.resolve();
    expect(await ask(load)).toMatchObject({ type: "done" });
    expect(await score("validation")).toMatchObject({ type: "scored" });
    expect(opened).toBe(3);
  });

  it("does not wait for a device that is gone", async () => {
    await tell();
    await ask({ type: "load", forward: forwardOf(() => new Successor()), ...NO_LINES });
    lose("driver reset");
    await Promise.resolve();
    const answer = await ask({ type: "sample", count: 4000, seconds: 1e6, seed: 1 });
    expect(answer).toMatchObject({ type: "refused", code: "device" });
  });

  it("has no digest of a recording that is forged, and none where there is no recording", async () => {
    await tell();
    const { graph, single } = forwardOf(() => new Successor());
    const recorded = { type: "recorded", graph, single, parameters: Uint32Array.of(0) };
    expect(await ask(recorded)).toMatchObject({ type: "digested", digest: "" });
    const { port1: port, port2: sandbox } = new MessageChannel();
    const record = { type: "record", port, expected: new Uint32Array() };
    expect(await ask(record)).toMatchObject({ type: "done" });
    const replies: unknown[] = [];
    sandbox.onmessage = ({ data }: MessageEvent<unknown>) => replies.push(data);
    sandbox.postMessage({ type: "step", id: 1, step: { changes: [], plan: 7 } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(replies).toMatchObject([{ type: "refused", id: 1, code: "graph" }]);
    expect(await ask(recorded)).toMatchObject({ type: "digested", digest: "" });
    // A recording whose parameters were never made.
    expect(await ask({ ...record, port: new MessageChannel().port1 })).toMatchObject({ type: "done" });
    expect(await ask(recorded)).toMatchObject({ type: "refused", code: "invalid" });
    sandbox.close();
  });
});

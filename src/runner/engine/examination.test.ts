// The choice of the scoring pass and of its probes, on the float64 reference, with graphs recorded as the trainer
// records them. Some tests replace the findings of the analysis.
import { beforeEach, describe, expect, it } from "vitest";
import { type Dependence, loadGraph, nn, recordForward, Session, type Tensor } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { seededRandom } from "../../prepare/index.ts";
import { Examination, type Surroundings } from "./examination.ts";
import { loadForward, type ReadGraph } from "./load.ts";

const [B, T, V] = [4, 12, 10];
const random = seededRandom(8);
const tokens = Uint16Array.from({ length: 600 }, () => random.below(V));
const starts = Uint32Array.from({ length: 10 }, (_, w) => 4 * T * w);
const text = { tokens, starts };

let lab: Session;
let told: Parameters<Surroundings["tell"]>[];
beforeEach(() => {
  lab = new Session(new ReferenceBackend(), 1);
  told = [];
});

type Twist = (logits: Tensor, tokens: Tensor) => Tensor;
type Findings = (rows: number, found: Dependence) => Partial<Dependence>;

/** A bigram table with changed logits. The line of a node is its number, plus 1000 in the pass of one row. */
function examine(twist: Twist, findings: Findings = () => ({}), seed = 3): Examination {
  const trainer = new Session(new ReferenceBackend(), 1);
  trainer.activate();
  const table = nn.parameter([V, V], nn.normal(1));
  const model = { table, forward: (x: Tensor) => twist(nn.embedding(table, x), x) };
  const { graph, parameters } = recordForward(model, [B, T]);
  const single = recordForward(model, [1, T]).graph;
  const arrays = parameters.map(({ tensor }) =>
    Float32Array.from(trainer.backend.stored(tensor.leaf as never)),
  );
  const weights = Float32Array.from(arrays.flatMap((array) => [...array]));
  lab.activate();
  const read: ReadGraph = (json) => {
    const { instantiate, ...sound } = loadGraph(json);
    return {
      ...sound,
      instantiate: (values) => instantiate(lab, values),
      dependence: (values) => {
        const found = sound.dependence(values);
        return { ...found, ...findings(sound.input[0], found) };
      },
    };
  };
  const forward = { graph: JSON.stringify(graph), single: JSON.stringify(single), weights };
  const lines = (first: number) => Uint32Array.from({ length: 100 }, (_, node) => first + node);
  const loaded = loadForward(
    read,
    forward,
    { batch: B, seqLen: T, vocabSize: V },
    { lines: lines(1), singleLines: lines(1001) },
  );
  let now = 0;
  return new Examination(loaded, {
    engine: lab,
    seqLen: T,
    vocabSize: V,
    random: seededRandom(seed),
    now: () => now++,
    tell: (...said) => told.push(said),
  });
}

const plain: Twist = (logits) => logits;
const next = (x: Tensor) => nn.oneHot(x.shift(1, -1), V);
/** Reads the next token where `open` of the tokens as numbers is 1, in a batch only. */
const whenBatch =
  (open: (x: Tensor) => Tensor): Twist =>
  (logits, x) =>
    x.shape[0] === 1 ? logits : logits.add(next(x).mul(open(x.float()).mul(20)));
const unknown = { status: "unknown", node: 1, detail: "kernel cannot be followed" } as const;
const NOISE = { noise: 0.5, hidden: 8 };

describe("a proved property", () => {
  it("is not probed: a batch is scored at once, with one batch looked at again", async () => {
    const examination = examine(plain);
    const { probes } = await examination.probe(text, Infinity);
    expect(probes).toEqual([{ name: "rows", passed: true, detail: "proved from the recorded graph" }]);
    const { nats, ...scored } = await examination.score(text, NOISE);
    expect(nats.every(Number.isFinite)).toBe(true);
    expect(scored.probes.at(-1)?.detail).toBe("proved from the recorded graph");
    expect(told.at(-1)).toEqual(["scoring", 5, 5]); // three batches and two looks
  });

  it("decides the pass and not the score", async () => {
    const whole = await examine(plain).score(text, NOISE);
    const one = await examine(plain, () => ({ rows: unknown }), 4).score(text, NOISE);
    expect(one.nats).toEqual(whole.nats);
    expect(told.at(-1)).toEqual(["scoring", 12, 12]); // ten rows and two looks
  });
});

describe("an unproved property", () => {
  it("of rows: they are probed on a batch and scored one by one", async () => {
    const examination = examine(plain, () => ({ rows: unknown }));
    const { probes } = await examination.probe(text, Infinity);
    expect(probes[0]).toMatchObject({ name: "rows", passed: true });
    expect(probes[0].detail).toMatch(
      /^not proved \(kernel cannot be followed\): scored one row at a time; no row moved another in \d\d looks$/,
    );
    expect(told.at(-1)?.[0]).toBe("rows");
  });

  it("of time: scored rows are cut as often as the noise requires, and the count is reported", async () => {
    const examination = examine(plain, () => ({ time: unknown }));
    const { probes } = await examination.score(text, { noise: 1, hidden: 8 });
    // ln 1000 / (1 / 8) = 55.3
    const [, draws, worth] = /(\d+) random cuts of scored rows, which find a leak worth ([\d.]+) bits/
      .exec(probes.at(-1)?.detail ?? "")
      ?.map(Number) ?? [0, 0, 0];
    expect(draws).toBeGreaterThanOrEqual(56);
    expect(draws).toBeLessThan(60);
    expect(worth).toBeLessThanOrEqual(1);
    expect(told.at(-1)?.[0]).toBe("cuts");
    const all = await examine(plain, () => ({ time: unknown })).score(text, { noise: 0.01, hidden: 8 });
    expect(all.probes.at(-1)?.detail).toMatch(/every cut of every scored row, 110 in all$/);
  });

  it("of time, where nothing decides: no row is cut", async () => {
    const { probes } = await examine(plain, () => ({ time: unknown })).score(text, null);
    // There is no new result on causality: the result on the deciding split stays.
    expect(probes.map(({ name, passed }) => [name, passed])).toEqual([
      ["finite", true],
      ["repeatable", true],
    ]);
    expect(told.at(-1)).toEqual(["scoring", 5, 5]);
  });

  it("and leaks: is invalid with the line of the first value that moves", async () => {
    const leak: Twist = (logits, x) => logits.add(next(x).mul(1e-3));
    const named = await examine(leak).score(text, NOISE);
    const found = await examine(leak, () => ({ time: unknown })).score(text, NOISE);
    for (const { probes, line } of [named, found]) {
      expect(probes).toHaveLength(1);
      expect(probes[0]).toMatchObject({ name: "causality", passed: false });
      expect(line).toBeGreaterThan(1);
      expect(line).toBeLessThan(12);
    }
  });

  it("and mixes rows: is invalid with the line, and scores nothing by it", async () => {
    const mixing: Twist = (logits) => logits.add(logits.mean(0, true).mul(1e-3));
    for (const findings of [undefined, () => ({ rows: unknown })]) {
      const { probes, line } = await examine(mixing, findings).probe(text, Infinity);
      expect(probes[0]).toMatchObject({ name: "rows", passed: false });
      expect(line).toBeGreaterThan(1);
      expect(line).toBeLessThan(12);
    }
  });
});

/** Gates that are shut on all of this text. */
const SHUT: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "a comparison": (x) => x.sum().gt(1e6),
  "a comparison in each row": (x) => x.mean(1, true).eq(4.321).view(-1, 1, 1),
  "the opposite of a comparison": (x) => x.sum().lt(1e6).neg().add(1),
  "a sigmoid": (x) => x.sum().sub(1e6).sigmoid(),
  "a ramp": (x) => x.sum().sub(1e6).relu(),
  "a clipped ramp": (x) => x.sum().sub(1e6).clamp(0, 1),
  "an exponential": (x) => x.sum().neg().exp(),
};

describe("a gate that is shut whenever it is asked", () => {
  it.each(Object.entries(SHUT))("is opened: %s", async (_, open) => {
    const { probes, line } = await examine(whenBatch(open)).probe(text, Infinity);
    expect(probes[0]).toMatchObject({ passed: false });
    expect(probes[0].detail).toMatch(/ once the condition of line \d+ (holds|fails)$/);
    expect(line).toBeGreaterThan(1);
    // In the pass of one row, because it looks at its own row.
    const own: Twist = (logits, x) => logits.add(next(x).mul(open(x.float()).mul(20)));
    const alone = await examine(own, (rows) => (rows > 1 ? { rows: unknown } : {})).probe(text, Infinity);
    expect(alone.probes[0]).toMatchObject({ name: "causality", passed: false });
    expect(alone.line).toBeGreaterThan(1001);
  });

  it("is not reported for a model that is causal under every condition", async () => {
    const honest: Record<string, Twist> = {
      "a choice by the token": (logits, x) => logits.mul(x.float().gt(4).view(-1, T, 1).add(1)),
      "attention by hand within sentences": (logits, x) => {
        const [rows] = x.shape;
        const sentence = x.float().eq(3).cumsum(1);
        const same = sentence.view(rows, T, 1).eq(sentence.view(rows, 1, T));
        const scores = logits.matmul(logits.transpose(1, 2));
        return nn.softmax(nn.where(same.mul(nn.causalMask(T)), scores, -1e9)).matmul(logits);
      },
      "attention to places counted in a sentence": (logits, x) => {
        const [rows] = x.shape;
        const place = x.float().eq(3).cumsum(1).add(nn.arange(T).mul(1e-3));
        const past = place.view(rows, 1, T).le(place.view(rows, T, 1));
        const scores = logits.matmul(logits.transpose(1, 2));
        return nn.softmax(nn.where(past, scores, -1e9)).matmul(logits);
      },
      "a future times zero": (logits, x) => logits.add(next(x).mul(0)),
      "a mean of rows times zero": (logits) => logits.add(logits.mean(0, true).mul(0)),
    };
    for (const [name, twist] of Object.entries(honest)) {
      // As if the analysis saw a path that does not exist.
      for (const way of ["rows", "time"] as const) {
        const violated = { status: "violated", node: 2, detail: "it seems" } as const;
        const examination = examine(twist, () => ({ [way]: violated }));
        const { probes } = await examination.probe(text, Infinity);
        expect(probes, `${name}, ${way}`).toMatchObject([{ name: "rows", passed: true }]);
        const scored = await examination.score(text, NOISE);
        expect(
          scored.probes.every(({ passed }) => passed),
          name,
        ).toBe(true);
      }
    }
  });
});

describe("a rehearsal", () => {
  it("lets an honest model pass, proved or not", async () => {
    const names = ["rows", "passes", "finite", "repeatable", "causality"];
    for (const findings of [undefined, () => ({ rows: unknown, time: unknown })]) {
      const { probes } = await examine(plain, findings).rehearse(text, 20);
      expect(probes.map(({ name, passed }) => passed && name)).toEqual(names);
    }
  });

  it("finds a plain leak, rows that mix, and a pass that is another model", async () => {
    const ahead: Twist = (logits, x) => logits.add(next(x));
    const other: Twist = (logits, x) => (x.shape[0] === 1 ? logits.mul(2) : logits);
    const mixing: Twist = (logits) => logits.add(logits.mean(0, true));
    for (const [twist, name] of [
      [ahead, "causality"],
      [other, "passes"],
      [whenBatch((x) => x.sum().gt(0)), "causality"],
      [whenBatch((x) => x.sum().gt(1e6)), "causality"],
      [mixing, "rows"],
    ] as const) {
      const { probes } = await examine(twist).rehearse(text, 20);
      expect(probes.at(-1), name).toMatchObject({ name, passed: false });
    }
  });

  it("does not compare passes that draw random numbers", async () => {
    const dice: Twist = (logits) => logits.add(nn.random(logits.shape));
    const { probes } = await examine(dice).rehearse(text, 20);
    expect(probes.map(({ name }) => name)).not.toContain("passes");
    expect(probes.every(({ passed }) => passed)).toBe(true);
  });
});

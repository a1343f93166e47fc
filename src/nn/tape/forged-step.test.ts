// Tapes and requests that no recorder makes: the player refuses each in one line, and the engine works afterwards.

import { describe, expect, it } from "vitest";
import * as nn from "../api.ts";
import { Session } from "../engine/session.ts";
import { ReferenceBackend } from "../reference/index.ts";
import { caught } from "../testing/bad-input.ts";
import { StepPlayer } from "./play-step.ts";
import { readRequest } from "./read-request.ts";
import { loadStep } from "./load-step.ts";
import type { StepRequest } from "./step-format.ts";
import { smallStep, tensorsOf } from "./testing/small-step.ts";
import { throughTape } from "./testing/through-tape.ts";

interface LooseNode {
  op: unknown;
  of?: unknown;
  inputs: unknown[];
  attrs: Record<string, unknown>;
  [field: string]: unknown;
}
interface LooseWrite {
  at: number;
  to: number[];
  values: unknown[];
}
interface Loose {
  nodes: LooseNode[];
  writes: LooseWrite[];
  [field: string]: unknown;
}

const step = smallStep();
/** A text of fives. */
const fives = {
  seqLen: 3,
  draw: (rows: number) => ({ x: new Uint32Array(3 * rows).fill(5), y: new Uint32Array(3 * rows).fill(5) }),
};
const batches = [{ shape: [2, 3] }];
const batchNode = (more: object) => ({
  op: "batch",
  inputs: [],
  attrs: {},
  batch: 0,
  side: "x",
  line: 0,
  ...more,
});
const tensors = tensorsOf(step);
const first = (tape: Loose, op: string) => {
  const node = tape.nodes.find((one) => one.op === op);
  if (!node) throw new Error(`the small step has no ${op}`);
  return node;
};
/** The write of an optimizer's update. */
const update = (tape: Loose, op: string) => {
  const at = tape.nodes.findIndex((node) => node.op === op) + 1;
  const write = tape.writes.find((one) => one.at === at);
  if (!write) throw new Error(`${op} is not written`);
  return write;
};

const tapes: Record<string, [change: (tape: Loose) => void, line: RegExp]> = {
  "another version": [(t) => (t.version = 2), /version, got 2, expected 1/],
  "an unknown operation": [(t) => (first(t, "rope").op = "eval"), /unknown operation/],
  "a name of the prototype": [(t) => (first(t, "rope").op = "constructor"), /unknown operation/],
  "a persistent tensor by the name of its node": [(t) => (first(t, "rope").op = "parameter"), /unknown/],
  "a mark that is no node": [(t) => (first(t, "rope").op = "writing"), /unknown operation/],
  "a persistent tensor of another run": [(t) => (first(t, "read").of = 99), /persistent tensor, got 99/],
  "a persistent tensor before the first": [(t) => (first(t, "read").of = -1), /persistent tensor, got -1/],
  "a write to another run's parameter": [(t) => (t.writes[0].to = [99]), /persistent tensor, got 99/],
  "a write of another shape": [
    (t) => (t.writes[t.writes.length - 1].to = [0]),
    /value 0, got "\[1\] f32", expected \[5, 4\] f32/,
  ],
  "a write of tokens": [
    (t) => (t.writes[t.writes.length - 1].values = [[t.nodes.findIndex(({ op }) => op === "data"), 0]]),
    /u32/,
  ],
  "a write of nothing": [
    (t) => Object.assign(t.writes[t.writes.length - 1], { to: [], values: [] }),
    /writes nothing/,
  ],
  "a write beyond the tape": [
    (t) => (t.writes[t.writes.length - 1].at = 99_999),
    /in order, on the tape|twice/,
  ],
  "writes out of order": [(t) => t.writes.reverse(), /place|before the update/],
  "an update that is not written": [
    (t) => (t.writes = t.writes.filter((write) => write !== update(t, "adamW"))),
    /before the update at node|is not written/,
  ],
  "an update that is written elsewhere": [
    (t) => {
      const { to } = update(t, "adamW");
      [to[0], to[2]] = [to[2], to[0]];
    },
    /does not belong to the update before it/,
  ],
  "an update of a tensor that is no parameter": [
    (t) => {
      const adam = first(t, "adamW");
      adam.inputs[0] = adam.inputs[2];
    },
    /updates a value that is no persistent tensor/,
  ],
  "an update of one parameter twice": [
    (t) => {
      const adam = first(t, "adamW");
      adam.inputs[6] = adam.inputs[4];
    },
    /updates a persistent tensor twice/,
  ],
  "an update of a value that was written over": [
    (t) => {
      const adam = t.nodes.findIndex(({ op }) => op === "adamW");
      const [node] = first(t, "adamW").inputs[0] as [number, number];
      t.writes.push({ at: adam, to: [t.nodes[node].of as number], values: [[node, 0]] });
      t.writes.sort((a, b) => a.at - b.at);
    },
    /updates a value that was written over/,
  ],
  "a second read without a write": [
    (t) => t.nodes.push({ ...first(t, "read"), of: t.nodes.findLast(({ op }) => op === "read")?.of }),
    /reads persistent tensor \d+ twice/,
  ],
  "an input that comes later": [
    (t) => (first(t, "rope").inputs = [[t.nodes.length - 1, 0]]),
    /an integer from 0 to/,
  ],
  "an input of a node without outputs": [(t) => (first(t, "rope").inputs = [[-1, 0]]), /an integer from 0/],
  "an output that does not exist": [(t) => (first(t, "rope").inputs = [[0, 1]]), /an integer from 0 to 0/],
  "an input that is none": [(t) => (first(t, "rope").inputs = ["x"]), /an array/],
  "inputs too many": [(t) => (first(t, "rope").inputs = Array.from({ length: 9 }, () => [0, 0])), /inputs/],
  "an attribute too many": [(t) => (first(t, "rope").attrs.evil = 1), /unknown attribute/],
  "a missing attribute": [(t) => (first(t, "view").attrs = {}), /shape/],
  "shapes whose product overflows": [
    (t) => Object.assign(first(t, "data"), { shape: [2 ** 20, 2 ** 20, 2 ** 20, 2 ** 20] }),
    /too many elements/,
  ],
  "a batch that was not drawn": [(t) => t.nodes.push(batchNode({ batch: 1 })), /batch, got 1/],
  "a batch of another session": [(t) => t.nodes.push(batchNode({ batch: -1 })), /batch, got -1/],
  "another side of a batch": [
    (t) => t.nodes.push(batchNode({ side: "z" })),
    /side, got "z", expected x or y/,
  ],
  "a batch twice": [(t) => t.nodes.push(batchNode({}), batchNode({})), /reads x of batch 0 twice/],
  "a view of other elements": [(t) => (first(t, "view").attrs = { shape: [7] }), /elements|view/],
  "a kernel of a million loops": [(t) => (first(t, "kernel").attrs.loops = 2 ** 30), /too much work/],
  "a kernel with an attribute of the host": [
    (t) =>
      (first(t, "kernel").attrs.wgsl =
        "@group(0) @binding(0) var<storage> y: array<f32>; fn element(i: u32) -> f32 { return 1.0; }"),
    /nn\.kernel/,
  ],
  "a gradient that is none": [(t) => (first(t, "rope").grad = "yes"), /true or false/],
  "a line that is none": [(t) => (first(t, "rope").line = "12"), /line/],
  "a gradient's place outside": [(t) => (t.backwards = [0, 99_999]), /a gradient's place/],
  "half a gradient": [(t) => (t.backwards = [0]), /an even number/],
  "an unknown precision": [(t) => (t.precision = "f8"), /precision/],
  "values of a node that is not there": [(t) => (t.wanted = [[99_999, 0]]), /wanted/],
  "too much to read": [
    (t) => {
      const big = t.nodes.push({ op: "full", inputs: [], attrs: { shape: [2 ** 25] }, grad: false, line: 0 });
      t.wanted = [[big - 1, 0]];
    },
    /too much is read back/,
  ],
  "nodes that are none": [(t) => (t.nodes[4] = null as never), /an object/],
  "a hole where a node should be": [(t) => delete t.nodes[4], /an object/],
};

describe("a forged tape", () => {
  it("is accepted before it is changed", () => {
    expect(loadStep(step.tape, tensors).nodes.length).toBeGreaterThan(80);
  });
  it.each(Object.entries(tapes))("%s", (_, [change, line]) => {
    const tape = JSON.parse(step.tape ?? "") as Loose;
    change(tape);
    const error = caught(() => loadStep(tape, tensors, {}, batches));
    expect(error.message).toMatch(line);
    expect(error.message).not.toMatch(/\n/);
  });
  it("is too much: nodes, elements and work", () => {
    expect(() => loadStep(step.tape, tensors, { nodes: 3 })).toThrow(/too long/);
    expect(() => loadStep(step.tape, tensors, { elements: 10 })).toThrow(/too large/);
    expect(() => loadStep(step.tape, tensors, { total: 100 })).toThrow(/too many elements/);
    expect(() => loadStep(step.tape, tensors, { work: 100 })).toThrow(/too much work/);
  });
});

type Change = (request: { -readonly [K in keyof StepRequest]: unknown }) => void;
const requests: Record<string, [change: Change, line: RegExp]> = {
  "a plan that was not named": [(r) => Object.assign(r, { tape: null, plan: 7 }), /plan, got 7/],
  "a plan out of turn": [(r) => (r.plan = 3), /number of a new plan/],
  "a plan that is none": [(r) => (r.plan = "0"), /plan/],
  "numbers too few": [(r) => (r.numbers = new Float64Array(3)), /numbers, got 3/],
  "numbers of another type": [(r) => (r.numbers = new Float32Array(3)), /Float64Array/],
  "data too little": [(r) => (r.data = []), /data, got 0/],
  "data of another size": [(r) => (r.data = [new Uint32Array(5)]), /data in slot 0, got 5 values/],
  "data of another type": [(r) => (r.data = [new Float32Array(6)]), /data in slot 0/],
  "data that is kept from before the first": [(r) => (r.data = [null]), /nothing in slot 0/],
  "data that others can write to": [
    (r) => (r.data = [new Uint32Array(new SharedArrayBuffer(24))]),
    /expected Uint32Array/,
  ],
  "a tensor that fills the machine": [
    (r) =>
      (r.changes = [{ type: "made", shape: [2 ** 15, 2 ** 15], trainable: true, initial: null, line: 0 }]),
    /does not fit/,
  ],
  "initial values too few": [
    (r) =>
      (r.changes = [{ type: "made", shape: [4], trainable: true, initial: new Float32Array(3), line: 0 }]),
    /initial values, got 3/,
  ],
  "a group of strangers": [(r) => (r.changes = [{ type: "grouped", members: [0, 1] }]), /a group's member/],
  "a change of another kind": [(r) => (r.changes = [{ type: "freed", of: 0 }]), /made or grouped/],
  "a batch out of turn": [
    (r) => (r.draws = [{ batch: 1, rows: 2 }]),
    /number of a new batch, got 1, expected 0/,
  ],
  "a batch of no rows": [(r) => (r.draws = [{ batch: 0, rows: 0 }]), /rows, got 0/],
  "a batch of a billion rows": [(r) => (r.draws = [{ batch: 0, rows: 2 ** 30 }]), /rows, got 1073741824/],
  "a batch that grows": [
    (r) =>
      (r.draws = [
        { batch: 0, rows: 2 },
        { batch: 0, rows: 3 },
      ]),
    /rows of batch 0, got 3, expected 2/,
  ],
  "batches that fill the machine": [
    (r) => (r.draws = [26, 26, 26].map((power, batch) => ({ batch, rows: 2 ** power / 2 }))),
    /too many tokens/,
  ],
  "a million draws": [(r) => (r.draws = Array.from({ length: 1e6 }, () => ({ batch: 0, rows: 1 }))), /draws/],
  "no step at all": [(r) => (r.forget = undefined), /step: forget/],
};

describe("a forged request", () => {
  it.each(Object.entries(requests))("%s", async (_, [change, line]) => {
    const session = new Session(new ReferenceBackend());
    session.recorder.persistents.mostBytes = 2 ** 30;
    const forged = { ...smallStep() };
    change(forged);
    const error = caught(() => new StepPlayer(session, fives).record(readRequest(forged)));
    expect(error.message).toMatch(line);
    expect(error.message).not.toMatch(/\n/);
    session.reset();
    const { recording } = throughTape(session);
    recording.activate();
    const read = recording.readLater(nn.parameter([2], nn.constant(3)).mul(2));
    recording.flush();
    expect(Array.from(await read)).toEqual([6, 6]);
  });
});

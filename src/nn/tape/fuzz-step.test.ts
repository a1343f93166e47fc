// A hundred thousand tapes that are nearly valid: the loader refuses a tape by a LabError, or the tape is valid by the
// second copy of the rules below; then it is recorded and planned without a fault.
// RUNS=2000000 SEED=3 npx vitest run --project unit src/nn/tape/fuzz tries more and other tapes.

import { expect, it } from "vitest";
import { LabError } from "../../error.ts";
import { Session } from "../engine/session.ts";
import { operations, rolesOf, type AttrRule } from "../graph/graph.ts";
import { rowLimits } from "../plan/analyse/row-chunks.ts";
import { draft } from "../plan/emit/planner.ts";
import { MIN_CAPABILITIES, Planning } from "../plan/testing/planned.ts";
import { Random } from "../values/random.ts";
import { checkShape } from "../values/shape.ts";
import { loadStep, type CheckedStep } from "./load-step.ts";
import { StepPlayer } from "./play-step.ts";
import { smallStep, tensorsOf } from "./testing/small-step.ts";

const { RUNS = "100000", SEED = "1" } = process.env;
/** One in this many valid tapes is recorded and planned. */
const PLANNED = 40;

interface Loose {
  nodes: {
    op: string;
    of?: number;
    inputs?: [number, number][];
    attrs?: Record<string, unknown>;
    shape?: number[];
    dtype?: string;
    grad?: boolean;
    line: number;
  }[];
  writes: { at: number; to: number[]; values: [number, number][] }[];
  wanted: [number, number][];
  backwards: number[];
  stores: unknown;
  precision: unknown;
}

const random = new Random(Number(SEED));
const below = (n: number) => Math.floor(random.uniform() * n);
const pick = <T>(list: readonly T[]): T => list[below(list.length)];
const names = operations().map(({ name }) => name);
const SIZES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 24, 256, 2 ** 16, 2 ** 31 - 1, -1, 0.5];

/** A valid or nearly valid value of an attribute. */
function attribute(rule: AttrRule | undefined): unknown {
  if (below(8) === 0) return pick([null, "x", -1, 1e9, Number.NaN, [], [[1]], {}, true]);
  switch (rule?.kind) {
    case "integer":
      return pick([rule.min, rule.max, rule.min + below(8), rule.max + 1]);
    case "number":
      return rule.min + random.uniform() * Math.min(10, rule.max - rule.min);
    case "boolean":
      return below(2) === 0;
    case "choice":
      return pick(rule.of);
    case "axes":
      return Array.from({ length: below(5) }, () => below(4));
    case "shape":
      return Array.from({ length: below(5) }, () => pick(SIZES));
    default:
      return pick(["", "x:f32", "fn element(i: u32) -> f32 { return x[i]; }"]);
  }
}

const changes: readonly ((tape: Loose) => void)[] = [
  // another operation with the same inputs and its own attributes
  ({ nodes }) => {
    const node = pick(nodes);
    const op = pick(operations());
    node.op = op.name;
    node.inputs ??= [];
    node.attrs = Object.fromEntries(Object.entries(op.attrs).map(([name, rule]) => [name, attribute(rule)]));
    node.grad ??= true;
  },
  // other inputs
  ({ nodes }) => {
    const node = pick(nodes);
    if (node.inputs && node.inputs.length > 0)
      node.inputs[below(node.inputs.length)] = [below(nodes.length), below(3)];
  },
  ({ nodes }) => {
    const node = pick(nodes);
    if (below(2) === 0) node.inputs?.pop();
    else node.inputs?.push([below(nodes.length), 0]);
  },
  // another attribute
  ({ nodes }) => {
    const node = pick(nodes);
    const rules = operations().find(({ name }) => name === node.op)?.attrs ?? {};
    const name = pick(Object.keys(rules));
    if (node.attrs && name) node.attrs[name] = attribute(rules[name]);
  },
  // leaves
  ({ nodes }) => {
    const node = pick(nodes.filter(({ op }) => op === "read"));
    if (node) node.of = pick([0, 1, 2, 3, 4, 5, 9, -1, 99]);
  },
  ({ nodes }) => {
    const node = pick(nodes.filter(({ op }) => op === "data"));
    if (node) Object.assign(node, { shape: attribute({ kind: "shape" }), dtype: pick(["f32", "u32", "i8"]) });
  },
  ({ nodes }) => void nodes.splice(below(nodes.length), 0, { ...pick(nodes) }),
  ({ nodes }) => void nodes.splice(below(nodes.length), 1),
  // writes
  ({ writes }) => {
    const write = pick(writes);
    if (write) write.to[below(write.to.length)] = pick([0, 1, 2, 3, 4, 5, 99, -1]);
  },
  ({ writes, nodes }) => {
    const write = pick(writes);
    if (write) write.values[below(write.values.length)] = [below(nodes.length), below(3)];
  },
  ({ writes, nodes }) => {
    const write = pick(writes);
    if (write) write.at = below(nodes.length + 2);
  },
  ({ writes }) => void writes.splice(below(writes.length), 1),
  ({ writes, nodes }) => {
    const at = below(nodes.length + 1);
    writes.push({ at, to: [below(9)], values: [[below(nodes.length), 0]] });
    writes.sort((a, b) => a.at - b.at);
  },
  // the rest
  (tape) => (tape.wanted = [[below(tape.nodes.length + 2), below(2)]]),
  (tape) => (tape.backwards = Array.from({ length: below(4) }, () => below(tape.nodes.length + 2))),
  (tape) => (tape.stores = pick([true, false, 1])),
  (tape) => (tape.precision = pick(["f32", "mixed", "f8"])),
];

/** A second copy of the rules. */
function sound({ nodes, writes, wanted, backwards }: CheckedStep, tensors: number): void {
  const place = (before: number, [node, output]: readonly [number, number]) => {
    expect(node).toBeLessThan(before);
    expect(nodes[node].outputs.length).toBeGreaterThan(output);
  };
  const written = new Map(writes.map((write) => [write.at, write]));
  nodes.forEach((node, i) => {
    for (const { shape } of node.outputs) checkShape("a sound tape", shape);
    if (node.kind === "read") expect(tensors).toBeGreaterThan(node.of);
    if (node.kind !== "operation") return;
    expect(names).toContain(node.op.name);
    for (const input of node.inputs) place(i, input);
    if (rolesOf(node) > 0) expect(written.get(i + 1)?.values.every(([from]) => from === i)).toBe(true);
  });
  for (const { at, to, values } of writes) {
    for (const value of values) place(at, value);
    expect(new Set(to).size).toBe(to.length);
    expect(Math.max(...to)).toBeLessThan(tensors);
  }
  for (const value of wanted) place(nodes.length, value);
  expect(backwards.length % 2).toBe(0);
}

it("refuses unsound steps, and plans every sound one without harm", { timeout: 600_000 }, async () => {
  const step = smallStep();
  const tensors = tensorsOf(step);
  const known = new Set<string>();
  const counts = { refused: 0, sound: 0, planned: 0 };
  const drafted = new Session(
    new Planning((work) => {
      try {
        draft(work, MIN_CAPABILITIES, rowLimits(MIN_CAPABILITIES));
        counts.planned++;
      } catch (error) {
        expect(error).toBeInstanceOf(LabError);
        expect((error as LabError).code, `${(error as LabError).message}`).not.toBe("internal");
      }
    }),
  );
  drafted.recorder.persistents.mostBytes = 2 ** 30;
  for (let run = 0; run < Number(RUNS); run++) {
    const tape = JSON.parse(step.tape ?? "") as Loose;
    for (let k = below(3); k >= 0; k--) pick(changes)(tape);
    let loaded: CheckedStep;
    try {
      loaded = loadStep(tape, tensors);
    } catch (error) {
      if (!(error instanceof LabError) || /\n/.test(error.message)) throw error;
      known.add(error.message.replace(/[\d[\], ]+/g, "#"));
      counts.refused++;
      continue;
    }
    if (counts.sound++ % PLANNED > 0) continue;
    sound(loaded, tensors.length);
    drafted.reset();
    const numbers = new Float64Array(loaded.numbers).fill(0.5);
    const data = loaded.slots.map(({ shape, dtype }) => {
      const count = shape.reduce((a, b) => a * b, 1);
      return dtype === "u32" ? new Uint32Array(count) : new Float32Array(count);
    });
    const request = {
      ...step,
      tape: JSON.stringify(tape),
      numbers,
      data,
      changes: step.changes.map((change) => change),
    };
    await new StepPlayer(drafted).record(request).run();
  }
  // Many tapes are refused, for many reasons, and many are valid.
  expect(counts.refused).toBeGreaterThan(Number(RUNS) / 5);
  expect(counts.sound).toBeGreaterThan(Number(RUNS) / 20);
  expect(counts.planned).toBeGreaterThan(Number(RUNS) / 20 / PLANNED / 2);
  expect(known.size).toBeGreaterThan(60);
});

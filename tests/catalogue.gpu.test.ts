// Every structural edit of the catalogue on the real engine, through the trainer, as in the sandbox: kernels compile,
// weights stay finite, and the scoring engine proves from the graph that no position looks ahead. Edits of different slots
// share a run, because compiling takes most of its time; tests beside the catalogue compare the edits' results with
// float64.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue } from "../src/researchers/builtin/edits/catalogue.ts";
import type { Edit } from "../src/researchers/builtin/edits/edit.ts";
import { setConstants } from "../src/researchers/source/constants.ts";
import { examineHere, openScoringEngine } from "./testing/examine-here.ts";
import { handOverHere, openEngine } from "./testing/train-here.ts";

const STEPS = 2;
const SIZES = { DEPTH: 2, HEADS: 2, HEAD_DIM: 16, MLP_RATIO: 2, BATCH: 2 };
const LOG = "  step.log({ loss });";
const small = setConstants(readFileSync("src/seed/train.ts", "utf8"), SIZES);

const tokens = Uint16Array.from({ length: 500 }, (_, i) => (i * i) % 64);

/**
 * A few sources that together contain every applicable edit, at most one of each slot; with the names of their edits.
 */
function covering(source: string): (readonly [names: string, source: string])[] {
  const left = new Set(catalogue.filter(({ apply }) => apply(source) !== null));
  const found: (readonly [string, string])[] = [];
  while (left.size > 0) {
    let text = source;
    const taken: Edit[] = [];
    for (const edit of left) {
      const edited = taken.some(({ slot }) => slot === edit.slot) ? null : edit.apply(text);
      if (edited === null) continue;
      text = edited;
      taken.push(edit);
      left.delete(edit);
    }
    found.push([taken.map(({ name }) => name).join(" + "), text]);
  }
  return found;
}

describe("on the real engine", () => {
  it.each(covering(small))(
    "%s trains",
    async (_names, source) => {
      expect(source).toContain(LOG);
      const ending = source.replace(LOG, `${LOG}\n  if (step.index === ${STEPS}) break;`);
      const text = { tokens, seqLen: 16, vocabSize: 64 };
      const engine = await openEngine();
      const forward = await handOverHere(engine, { source: ending, steps: STEPS, ...text });
      engine.reset();
      expect(forward.weights.length).toBeGreaterThan(1000);
      expect(forward.weights.every(Number.isFinite)).toBe(true);
      const scorer = await openScoringEngine();
      const { rehearsed, scored } = await examineHere(scorer, forward, text);
      scorer.reset();
      for (const { name, passed, detail } of [...rehearsed.probes, ...scored.probes]) {
        expect({ name, passed, detail }).toMatchObject({ passed: true });
        if (name === "rows" || name === "causality") expect(detail).toBe("proved from the recorded graph");
      }
    },
    300_000,
  );
});

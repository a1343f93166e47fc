// Runs every edit: three steps on the float64 reference, on a text with a rule, with a small model. The loss must stay
// finite, and no logit may depend on a later token: by test and by proof. The same holds for edits on top of edits.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadGraph, nn, recordForward, type Dependence, type Session } from "../../../nn/index.ts";
import type { ReferenceBackend } from "../../../nn/reference/index.ts";
import type { Model } from "../../../prepare/api.ts";
import { trainOnReference } from "../../../prepare/testing/train-on-reference.ts";
import { setConstants } from "../../source/constants.ts";
import { seeded } from "../random.ts";
import { catalogue } from "./catalogue.ts";
import { drawStack } from "./testing/catalogue.ts";

const T = 8;
const V = 8;
const seed = readFileSync(new URL("../../../seed/train.ts", import.meta.url), "utf8");
const small = setConstants(seed, { DEPTH: 2, HEADS: 2, HEAD_DIM: 16, MLP_RATIO: 2, BATCH: 2 });

/** Three steps of a train.ts. */
const run = (source: string) =>
  trainOnReference(source, {
    tokens: Uint16Array.from({ length: 200 }, (_, i) => i % V),
    seqLen: T,
    vocabSize: V,
    seed: 1,
    steps: 3,
  });

async function logits(
  { model, session }: { model: Model; session: Session },
  tokens: readonly number[],
): Promise<number[]> {
  const x = session.input([1, T], "u32");
  x.set(Uint32Array.from(tokens));
  const read = session.readLater(nn.noGrad(() => model.forward(x)));
  await session.prepare();
  return [...(await read)];
}

/** The dependence that the graph of a trained model proves, for so many rows. */
function proofOf({ model, session }: { model: Model; session: Session }, rows: number): Dependence {
  session.activate();
  const { graph, parameters } = recordForward(model, [rows, T]);
  const backend = session.backend as ReferenceBackend;
  const weights = parameters.map(({ tensor }) => Float32Array.from(backend.stored(tensor.leaf as never)));
  return loadGraph(JSON.stringify(graph)).dependence(weights);
}

describe("every edit of the catalogue", () => {
  const edits = catalogue.flatMap((edit) => {
    const source = edit.apply(small);
    return source === null ? [] : [[edit.name, source] as const];
  });

  it("is tested here, except the edit that leads back to the seed", () => {
    expect(edits.length).toBe(catalogue.length - 1);
  });

  const random = seeded("stacks of edits that run");
  const stacks = Array.from({ length: 24 }, (_, i) => drawStack(small, 2 + (i % 3), random));

  it.each([["the seed", small] as const, ...edits, ...stacks])(
    "%s trains, and does not look ahead",
    async (_name, source) => {
      const trained = await run(source);
      expect(trained.logged.length).toBe(3);
      for (const loss of trained.logged) expect(loss).toBeLessThan(6);
      const tokens = [0, 1, 2, 3, 4, 5, 6, 7];
      const before = await logits(trained, tokens);
      const after = await logits(trained, [...tokens.slice(0, 5), 0, 3, 1]);
      expect(before.every(Number.isFinite)).toBe(true);
      expect(after.slice(0, 5 * V)).toEqual(before.slice(0, 5 * V));
      expect(after.slice(5 * V)).not.toEqual(before.slice(5 * V));
      const proved = { rows: { status: "proved" }, time: { status: "proved" } };
      for (const rows of [1, 3]) expect(proofOf(trained, rows)).toEqual(proved);
    },
  );
});

// A small GPT with random weights as a model file, made on any session.
import { LabError } from "../../../error.ts";
import { recordForward, type Session } from "../../../nn/index.ts";
import { TinyGpt } from "../../../nn/testing/model.ts";
import { trainTokenizer } from "../../../prepare/index.ts";
import { writeModel } from "../model-file.ts";

const FACTS = {
  study: "nov30",
  number: 3,
  corpusName: "a.txt",
  corpusHash: "abc",
  valBpb: 2.5,
  seed: 1,
  steps: 10,
};
const TEXT = "The night model learns to read — quietly, and then it rests. ".repeat(200);

export async function smallModel(
  session: Session,
  seqLen = 24,
  vocabSize = 288,
): Promise<Uint8Array<ArrayBuffer>> {
  session.activate();
  session.seed(5);
  const model = new TinyGpt({ vocab: vocabSize, width: 16, layers: 2, heads: 2, gains: true });
  const { graph, parameters } = recordForward(model, [1, seqLen]);
  const weights: number[] = [];
  for (const { tensor } of parameters) {
    const { leaf } = tensor;
    if (leaf?.kind !== "persistent") throw new LabError("internal", "a parameter is no parameter");
    weights.push(...(leaf.initial ?? []));
  }
  const { merges } = await trainTokenizer(new TextEncoder().encode(TEXT), vocabSize);
  return writeModel(
    { facts: FACTS, seqLen, vocabSize, merges, graph: JSON.stringify(graph) },
    Float32Array.from(weights),
  );
}

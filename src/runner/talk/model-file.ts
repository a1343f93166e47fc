// A scored model as one safetensors file: its weights by name, and in the metadata what is needed to run it: the recorded
// forward pass of one row, the tokenizer's merges and the facts of its experiment.
import { LabError } from "../../error.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";

export interface ModelFacts {
  readonly study: string;
  /** Number of its experiment. */
  readonly number: number;
  readonly corpusName: string;
  readonly corpusHash: string;
  readonly valBpb: number;
  readonly seed: number;
  readonly steps: number;
}

export interface ModelFile {
  readonly facts: ModelFacts;
  readonly seqLen: number;
  readonly vocabSize: number;
  /** Flat pairs, see Tokenizer. */
  readonly merges: Uint16Array;
  /** The recorded forward pass of one row [1, seqLen], as JSON (nn/forward/export-forward.ts). */
  readonly graph: string;
  /** In the order of the graph's parameters. */
  readonly weights: readonly Float32Array[];
}

const FORMAT = "overnight-model-1";

/** Splits weights that crossed as one array, and names them as train.ts does. */
export function writeModel(model: Omit<ModelFile, "weights">, flat: Float32Array): Uint8Array<ArrayBuffer> {
  const { parameters } = JSON.parse(model.graph) as {
    parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
  };
  const names = new Set<string>();
  let at = 0;
  const tensors = parameters.map(({ name, shape }, i) => {
    // Names come from the sandbox: one that is taken or reserved gets its place added.
    const free = name === "__metadata__" || names.has(name) ? `${name}.${i}` : name;
    names.add(free);
    const data = flat.subarray(at, (at += shape.reduce((a, b) => a * b, 1)));
    return { name: free, shape, data };
  });
  const { facts, seqLen, vocabSize, merges, graph } = model;
  const config = { seqLen, vocabSize, ...facts };
  return writeSafetensors({
    tensors,
    metadata: {
      format: FORMAT,
      order: JSON.stringify(tensors.map(({ name }) => name)),
      config: JSON.stringify(config),
      merges: JSON.stringify([...merges]),
      graph,
    },
  });
}

/** Throws LabError "value" for a file that writeModel did not make. */
export function readModel(file: Uint8Array): ModelFile {
  const { tensors, metadata } = readSafetensors(file);
  if (metadata.format !== FORMAT) {
    throw new LabError("value", {
      what: "this is no model of the lab",
      got: metadata.format ?? "no format",
      expected: FORMAT,
    });
  }
  const { seqLen, vocabSize, ...facts } = JSON.parse(metadata.config) as ModelFacts & {
    seqLen: number;
    vocabSize: number;
  };
  const byName = new Map(tensors.map(({ name, data }) => [name, data]));
  const weights = (JSON.parse(metadata.order) as string[]).map((name) => {
    const data = byName.get(name);
    if (data === undefined) throw new LabError("value", { what: "the model lacks a tensor", got: name });
    return data;
  });
  return {
    facts,
    seqLen,
    vocabSize,
    merges: Uint16Array.from(JSON.parse(metadata.merges) as number[]),
    graph: metadata.graph,
    weights,
  };
}

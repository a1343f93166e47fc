// A model to take away: one zip with its weights, its configuration, its tokenizer and a script that runs it.
import { LabError } from "../../error.ts";
import { keptModel } from "../models/model-store.ts";
import { readModel } from "../../runner/index.ts";

/** The zip. Throws LabError "value" for a model that is not here any more. */
export async function modelZip(study: string, number: number): Promise<Uint8Array<ArrayBuffer>> {
  const file = await keptModel({ study, number });
  if (file === null)
    throw new LabError("value", `the weights of #${number} are not in this browser any more`);
  const { BlobReader, BlobWriter, TextReader, ZipWriter, configure } =
    await import("@zip.js/zip.js/lib/zip-core-custom.js");
  const { default: script } = await import("virtual:standalone");
  configure({ useWebWorkers: false });
  const { facts, seqLen, vocabSize, merges, graph } = readModel(new Uint8Array(file));
  const { parameters } = JSON.parse(graph) as { parameters: readonly { shape: readonly number[] }[] };
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const count = parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const texts: Readonly<Record<string, string>> = {
    "config.json": json({ ...facts, contextLength: seqLen, vocabSize, parameters: count }),
    "tokenizer.json": json(tokenizerOf(merges, vocabSize)),
    "run.mjs": script,
    "README.md": readme(facts.study, number),
  };
  const zip = new ZipWriter(new BlobWriter("application/zip"));
  await zip.add("model.safetensors", new BlobReader(new Blob([file])), { level: 0 });
  for (const [name, text] of Object.entries(texts)) await zip.add(name, new TextReader(text));
  return new Uint8Array(await (await zip.close()).arrayBuffer());
}

/** Byte-pair encoding as the lab does it (src/prepare/tokenizer): ids 0 to 255 are bytes, 256 + i is the i-th merge. */
function tokenizerOf(merges: Uint16Array, vocabSize: number) {
  const pairs = Array.from({ length: merges.length / 2 }, (_, i) => [merges[2 * i], merges[2 * i + 1]]);
  return {
    type: "byte-level BPE",
    vocabSize,
    pieces:
      "merges stay within a piece of at most 64 bytes: blanks with the line breaks after them, or one optional space and a run of letters (A-Z a-z _ $ and every byte from 0x80), of up to three digits, or of other bytes",
    merges: pairs,
  };
}

const readme = (study: string, number: number): string => `# Experiment ${number} of ${study}

- \`model.safetensors\`: the weights in float32 under the names that train.ts gave them. Any reader of safetensors loads them, as
  \`safetensors.torch.load_file\` in Python. Its metadata hold the recorded forward pass (\`graph\`), the merges of the tokenizer and
  the configuration.
- \`config.json\`, \`tokenizer.json\`: the same configuration and merges to read.
- \`run.mjs\`: runs the recorded forward pass in float64 without a GPU or a package, about a second a token:

      node run.mjs --prompt "Once upon" --tokens 100 --temperature 0.8 --seed 1

  With the same prompt, temperature and seed it writes what the page writes. It is built from the lab's reference
  implementation. A model with kernels of its own (\`nn.kernel\`) cannot run there: the script says so.

The text that the model learned from may have a licence of its own.
`;

// The script beside an exported model: loads model.safetensors and writes text with it, in float64 on the processor. The build
// bundles it with the lab's reference implementation into one file without dependencies (scripts/vite-standalone.ts).
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { messageOf } from "../../src/error.ts";
import { Session } from "../../src/nn/engine/session.ts";
import { ReferenceBackend } from "../../src/nn/reference/index.ts";
import { readModel } from "../../src/runner/talk/model-file.ts";
import { Writer } from "../../src/runner/talk/writer.ts";

const USAGE = `node run.mjs [--model model.safetensors] [--prompt TEXT] [--tokens 100] [--temperature 0.8] [--seed 1] [--stop TEXT]
  --probabilities  one JSON line for each token instead of the text`;

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      model: text,
      prompt: text,
      tokens: text,
      temperature: text,
      seed: text,
      stop: text,
      probabilities: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const number = (name: "tokens" | "temperature" | "seed", fallback: number): number => {
    const given = values[name];
    const value = given === undefined ? fallback : Number(given);
    if (!Number.isFinite(value) || value < 0)
      throw new Error(`--${name}: got ${given ?? ""}, expected a number of at least 0`);
    return value;
  };
  const path = values.model ?? join(dirname(fileURLToPath(import.meta.url)), "model.safetensors");
  const writer = new Writer(
    new Session(new ReferenceBackend()),
    readModel(new Uint8Array(readFileSync(path))),
  );
  const { prompt = "", stop = "" } = values;
  const request = {
    prompt,
    stop,
    count: number("tokens", 100),
    temperature: number("temperature", 0.8),
    seed: number("seed", 1),
  };
  if (values.probabilities !== true) process.stdout.write(prompt);
  for await (const written of writer.write(request))
    process.stdout.write(values.probabilities === true ? `${JSON.stringify(written)}\n` : written.text);
  if (values.probabilities !== true) process.stdout.write("\n");
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});

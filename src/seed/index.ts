// The first train.ts and program.md of a new repository; the constants of train.ts set the size of the model for the
// speed of the machine.
import program from "../../program.md?raw";
import train from "./train.ts?raw";
import { LabError } from "../error.ts";

/** Speed class of the adapter, measured at the start of a study; determines the size of the seed. */
export type Tier = "software" | "integrated" | "laptop" | "desktop";

/** The size constants of train.ts and the context length, by tier. */
interface Size {
  readonly seqLen: number;
  readonly constants: Readonly<Record<"DEPTH" | "HEADS" | "HEAD_DIM" | "BATCH", number>>;
}

// Chosen so that five minutes train on roughly 20 tokens per parameter at the speed of the tier (f32, about a third of
// the measured matmul rate), but never on more than a few passes over the embedded text.
const SIZES: Readonly<Record<Tier, Size>> = {
  software: { seqLen: 128, constants: { DEPTH: 2, HEADS: 2, HEAD_DIM: 32, BATCH: 8 } },
  integrated: { seqLen: 256, constants: { DEPTH: 4, HEADS: 3, HEAD_DIM: 64, BATCH: 16 } },
  laptop: { seqLen: 256, constants: { DEPTH: 5, HEADS: 5, HEAD_DIM: 64, BATCH: 32 } },
  desktop: { seqLen: 512, constants: { DEPTH: 8, HEADS: 8, HEAD_DIM: 64, BATCH: 32 } },
};

/** The seed train.ts for a tier, with its context length [tokens] and vocabulary size. */
export function seedFor(tier: Tier): { source: string; seqLen: number; vocabSize: number } {
  const size = SIZES[tier];
  let source = train;
  for (const [name, value] of Object.entries(size.constants)) source = writeConstant(source, name, value);
  return { source, seqLen: size.seqLen, vocabSize: 1024 };
}

/** Whether this is the seed of a tier, unchanged: the lab wrote it, and nobody could have put anything into it. */
export function isSeed(source: string): boolean {
  return (Object.keys(SIZES) as Tier[]).some((tier) => seedFor(tier).source === source);
}

/** `source` with the top-level `const NAME = <number>;` set to `value`. */
export function writeConstant(source: string, name: string, value: number): string {
  const declaration = new RegExp(`^(const ${name} = )[-+.\\deE_]+;`, "m");
  if (!declaration.test(source)) {
    throw new LabError("proposal", {
      what: `train.ts declares no number ${name}`,
      expected: `const ${name} = …;`,
    });
  }
  return source.replace(declaration, `$1${value};`);
}

/** The program.md of a new study. */
export const seedProgram: string = program;

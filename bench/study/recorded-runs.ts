// Records the runs that docs/statistics.md resamples: a small model of the seed's train.ts with many seeds, trained for
// a fixed number of steps on the float64 reference, so that only the seeds differ. Loaded by record-runs.ts.
import { readFileSync } from "node:fs";
import { setConstants } from "../../src/researchers/source/constants.ts";
import { nn } from "../../src/nn/index.ts";
import type { Model } from "../../src/prepare/api.ts";
import { seededRandom } from "../../src/prepare/training/random.ts";
import { scoreWindows } from "../../src/prepare/score/score.ts";
import { trainOnReference } from "../../src/prepare/testing/train-on-reference.ts";
import { chunkBitsPerByte, chunkBytes, makeWindows } from "../../src/prepare/score/windows.ts";

const [T, V, STEPS, SEEDS, WINDOWS, CHUNKS] = [16, 128, 150, 20, 120, 40];
const HELD_OUT = 40_000; // bytes at the end of the text

const source = setConstants(readFileSync(new URL("../../src/seed/train.ts", import.meta.url), "utf8"), {
  DEPTH: 1,
  HEADS: 2,
  HEAD_DIM: 8,
  MLP_RATIO: 2,
  BATCH: 4,
});

/** Bits per byte of each chunk of the end of `text`, one row per seed, and the bytes of each chunk. */
export async function record(text: Uint8Array, said: (line: string) => void) {
  const tokens = Uint16Array.from(text, (byte) => byte % V);
  const held = tokens.slice(-HELD_OUT);
  const windows = makeWindows(held, { byteLengths: new Uint16Array(V).fill(1) }, T, WINDOWS);
  const runs: number[][] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { model, session } = await trainOnReference(source, {
      tokens: tokens.slice(0, -HELD_OUT),
      seqLen: T,
      vocabSize: V,
      seed,
      steps: STEPS,
    });
    const forward = (x: Parameters<Model["forward"]>[0]) => nn.noGrad(() => model.forward(x));
    const { nats } = await scoreWindows(session, forward, {
      tokens: held,
      vocabSize: V,
      random: seededRandom(seed),
      starts: windows.starts,
      seqLen: T,
      batch: 8,
      draws: 0,
    });
    runs.push(chunkBitsPerByte(nats, windows, CHUNKS).map((chunk) => Number(chunk.toFixed(4))));
    said(`seed ${seed}: ${runs.at(-1)?.slice(0, 3).join(" ")}`);
  }
  return { bytes: chunkBytes(windows, CHUNKS), runs };
}

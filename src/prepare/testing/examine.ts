// Everything a forward pass of which nothing is proved is asked: do its rows see each other, and every cut of every row
// that is scored.
import type { Computer, ForwardPass } from "../examiner.ts";
import type { Probe } from "../probes.ts";
import { seededRandom } from "../random.ts";
import { probeRows } from "../row-probe.ts";
import { scoreWindows } from "../score.ts";

export interface Asked {
  readonly tokens: Uint16Array;
  readonly vocabSize: number;
  readonly starts: readonly number[];
  readonly seqLen: number;
  readonly batch: number;
}

/** The first probe that fails; null when all pass. Throws what the score throws. */
export async function examine(engine: Computer, forward: ForwardPass, asked: Asked): Promise<Probe | null> {
  const options = { ...asked, random: seededRandom(5) };
  if (asked.batch > 1) {
    const { failed } = await probeRows(engine, forward, { ...options, futures: false });
    if (failed !== null) return failed;
  }
  return (await scoreWindows(engine, forward, { ...options, draws: Infinity })).failed;
}

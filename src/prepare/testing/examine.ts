// All probes of a forward pass without a proof: the influence of rows on each other, and every cut of every scored row.
import type { Computer, ForwardPass } from "../score/examiner.ts";
import type { Probe } from "../score/probes.ts";
import { seededRandom } from "../training/random.ts";
import { probeRows } from "../score/row-probe.ts";
import { scoreWindows } from "../score/score.ts";

export interface Asked {
  readonly tokens: Uint16Array;
  readonly vocabSize: number;
  readonly starts: readonly number[];
  readonly seqLen: number;
  readonly batch: number;
}

/** The first probe that fails; null if all pass. Throws the errors of the score. */
export async function examine(engine: Computer, forward: ForwardPass, asked: Asked): Promise<Probe | null> {
  const options = { ...asked, random: seededRandom(5) };
  if (asked.batch > 1) {
    const { failed } = await probeRows(engine, forward, { ...options, futures: false });
    if (failed !== null) return failed;
  }
  return (await scoreWindows(engine, forward, { ...options, draws: Infinity })).failed;
}

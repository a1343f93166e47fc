// A whole study in this process, on the float64 reference: real training of a real train.ts and Karpathy's rule, without
// the lab around it. A run of a tiny model costs less than a second, and every figure is the same on every machine.
// Loaded by compare.ts, bundled, because nn's shaders are texts only there.
import { nn } from "../../src/nn/index.ts";
import type { Model } from "../../src/prepare/api.ts";
import { scoreWindows } from "../../src/prepare/score/score.ts";
import { bitsPerByte, makeWindows } from "../../src/prepare/score/windows.ts";
import { trainOnReference } from "../../src/prepare/testing/train-on-reference.ts";
import { seededRandom } from "../../src/prepare/training/random.ts";
import {
  builtinResearcher,
  type HistoryEntry,
  normaliseSource,
  randomResearcher,
} from "../../src/researchers/index.ts";
import { valuesOf } from "../../src/researchers/source/space.ts";
import type { Characters } from "./texts.ts";

export interface ReferenceStudy {
  readonly researcher: "builtin" | "random";
  readonly text: Characters;
  readonly train: string;
  readonly seed: number;
  readonly runs: number;
  readonly budgetTokens: number;
  readonly seqLen: number;
}

const WINDOWS = 96;
const HELD_OUT = 0.1; // share of the text, at its end

/** Every experiment of a study, the baseline first. */
export async function studyOnReference(
  study: ReferenceStudy,
  said: (entry: HistoryEntry) => void,
): Promise<{ history: readonly HistoryEntry[]; repeats: number }> {
  const researcher = study.researcher === "random" ? randomResearcher() : builtinResearcher();
  const history: HistoryEntry[] = [];
  const seen = new Set<string>();
  let repeats = 0;
  let incumbent: HistoryEntry | null = null;
  for (let number = 0; number < study.runs; number++) {
    const proposal = incumbent
      ? await researcher.propose(
          {
            number,
            program: "",
            source: incumbent.source,
            incumbent,
            history,
            pending: [],
            rejected: [],
            seed: study.seed,
            seqLen: study.seqLen,
            endsByTokens: true,
            manual: "",
          },
          new AbortController().signal,
        )
      : { source: study.train, hypothesis: "Baseline", category: "baseline", researcher: "lab" };
    const text = normaliseSource(proposal.source);
    if (seen.has(text)) repeats += 1;
    seen.add(text);
    const { valBpb, reason } = await scoreOf(proposal.source, study);
    const best: number | null = incumbent?.valBpb ?? null;
    const lower = valBpb !== null && (best === null || valBpb < best);
    const entry: HistoryEntry = {
      ...proposal,
      number,
      commit: String(number),
      parent: proposal.base ?? incumbent?.number ?? null,
      status: valBpb === null ? "crash" : lower ? "keep" : "discard",
      valBpb,
      incumbentBpb: best,
      reason,
      lesson: "",
    };
    history.push(entry);
    if (entry.status === "keep") incumbent = entry;
    said(entry);
  }
  return { history, repeats };
}

/** Trains for the budget and scores; a train.ts that fails, or whose loss is not finite, has no score. */
export async function scoreOf(
  source: string,
  { text, seed, budgetTokens, seqLen }: ReferenceStudy,
): Promise<{ valBpb: number | null; reason: string }> {
  const { BATCH = 8 } = valuesOf(source);
  const held = text.tokens.slice(-Math.floor(HELD_OUT * text.tokens.length));
  const windows = makeWindows(held, text, seqLen, WINDOWS);
  try {
    const { model, session } = await trainOnReference(source, {
      tokens: text.tokens.slice(0, -held.length),
      seqLen,
      vocabSize: text.vocabSize,
      seed,
      steps: Math.max(1, Math.round(budgetTokens / (BATCH * seqLen))),
    });
    const forward = (x: Parameters<Model["forward"]>[0]) => nn.noGrad(() => model.forward(x));
    const { nats } = await scoreWindows(session, forward, {
      tokens: held,
      starts: windows.starts,
      seqLen,
      vocabSize: text.vocabSize,
      batch: 8,
      draws: 0,
      random: seededRandom(1),
    });
    return { valBpb: bitsPerByte(nats, windows), reason: "" };
  } catch (error) {
    return { valBpb: null, reason: error instanceof Error ? error.message : String(error) };
  }
}

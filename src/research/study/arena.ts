// The arena of a new study, sized for the measured adapter. It is the same for every experiment, so it is chosen once
// and written into the first commit.
import { type Arena, type Corpus, makeWindows, controlTokensOf } from "../../prepare/index.ts";
import type { Measurement } from "../../runner/index.ts";
import { seedFor } from "../../seed/index.ts";
import { parseConstants } from "../../researchers/index.ts";
import type { Settings } from "../contract/lab-state.ts";

/** Scoring may take this share of the budget. */
const SCORING_SHARE = 0.1;

// The rate a whole model reaches, as a share of the measured matmul rate. Small models are bound by dispatches.
const EFFICIENCY = 1 / 3;

/** The minimum at any cost: with fewer windows a score would be a matter of luck. */
const MIN_WINDOWS = 16;

// Logits of one batch stay under the largest storage binding that every WebGPU device supports.
const BINDING_BYTES = 128 * 2 ** 20;
const ROWS = { software: 8, integrated: 16, laptop: 16, desktop: 32 } as const;

/** The arena for a corpus on a measured adapter. */
export function chooseArena(
  corpus: Pick<Corpus, "manifest" | "tokenizer" | "validation" | "test">,
  measured: Pick<Measurement, "tier" | "flopsPerSecond">,
  settings: Settings,
): Arena {
  const { tier, flopsPerSecond } = measured;
  const { budgetSeconds, budgetTokens, context } = settings;
  const seqLen = context > 0 ? context : seedFor(tier).seqLen;
  const { vocabSize, hash, name } = corpus.manifest;
  const all = makeWindows(corpus.validation, corpus.tokenizer, seqLen).starts.length;
  const tokensPerSecond = (EFFICIENCY * flopsPerSecond) / forwardFlops(tier, vocabSize);
  // A training step costs three forward passes, so scoring may read three times its share of a budget in tokens.
  const trained = budgetTokens > 0 ? 3 * budgetTokens : budgetSeconds * tokensPerSecond;
  const affordable = Math.floor((SCORING_SHARE * trained) / seqLen);
  return {
    corpusHash: hash,
    corpusName: name,
    vocabSize,
    seqLen,
    budgetSeconds,
    ...(budgetTokens > 0 ? { budgetTokens } : {}),
    windows: Math.min(all, Math.max(MIN_WINDOWS, affordable)),
    controlTokens: controlTokensOf(corpus.test, seqLen),
    scoreBatch: Math.max(1, Math.min(ROWS[tier], Math.floor(BINDING_BYTES / (4 * seqLen * vocabSize)))),
    tier,
  };
}

/** FLOP per token in a forward pass of a tier's seed: two per weight, and attention over half the row. */
export function forwardFlops(tier: Measurement["tier"], vocabSize: number): number {
  const { source, seqLen } = seedFor(tier);
  const value = (name: string, fallback: number) =>
    parseConstants(source).find((constant) => constant.name === name)?.value ?? fallback;
  const depth = value("DEPTH", 4);
  const width = value("HEADS", 4) * value("HEAD_DIM", 32);
  const block = (4 + 2 * value("MLP_RATIO", 4)) * width * width;
  return 2 * (depth * block + vocabSize * width) + 2 * depth * seqLen * width;
}

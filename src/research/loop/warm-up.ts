// Rehearses while the lab is idle, so that Start finds the kernels compiled and the first train.ts of a new study rehearsed:
// the incumbent, or the seed that a new study begins with. Every visit begins with it.
import { type Corpus, type DescribedCorpus, noise } from "../../prepare/index.ts";
import type { Measurement, Runner } from "../../runner/index.ts";
import { isSeed, seedFor } from "../../seed/index.ts";
import type { Settings } from "../contract/lab-state.ts";
import { chooseArena } from "../study/arena.ts";
import { incumbentSource, type Study } from "../study/study.ts";
import { tuningsOf } from "../study/tunings.ts";

/** Enough for the fewest windows of the longest context. */
const STAND_IN_TOKENS = 2 ** 18;

interface Idle {
  readonly device: Measurement;
  /** The study on the page. */
  readonly study: Study | null;
  /** The text on the page, which is fetched when a study begins. */
  readonly corpus: Corpus | DescribedCorpus;
  /** Of a new study. */
  readonly settings: Settings;
}

/** A run that begins interrupts it, and reports the faults of the source. */
export async function warmUp(runner: Pick<Runner, "rehearse">, idle: Idle): Promise<void> {
  const { device, study, settings } = idle;
  const corpus = "train" in idle.corpus ? idle.corpus : standIn(idle.corpus);
  if (study !== null && corpus.manifest.hash !== study.file.corpusHash) return;
  const source = study ? incumbentSource(study) : (settings.train ?? seedFor(device.tier).source);
  const arena = study?.file ?? chooseArena(corpus, device, settings);
  const seed = study?.file.seed ?? settings.seed;
  const own = isSeed(source);
  const request = {
    id: "warm-up",
    source,
    arena,
    seed,
    corpus,
    own,
    tuning: tuningsOf(study?.records ?? []),
  };
  await runner.rehearse(request, new AbortController().signal);
}

/** Noise in the place of a text that is not here: the kernels depend on the vocabulary, not on the text. */
function standIn({ manifest, tokenizer }: DescribedCorpus): Corpus {
  const tokens = noise(STAND_IN_TOKENS, manifest.vocabSize, 1);
  const hash = `noise in place of ${manifest.hash}`;
  return { manifest: { ...manifest, hash }, tokenizer, train: tokens, validation: tokens, test: tokens };
}

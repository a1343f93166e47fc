// Compiles kernels while the lab is idle, so that Start finds them compiled: three steps of the incumbent, or of the seed that
// a new study begins with. Every visit begins with it.
import type { Corpus } from "../../prepare/index.ts";
import type { Measurement, Runner } from "../../runner/index.ts";
import { seedFor } from "../../seed/index.ts";
import type { Settings } from "../contract/lab-state.ts";
import { chooseArena } from "../study/arena.ts";
import { incumbentSource, type Study } from "../study/study.ts";
import { tuningsOf } from "../study/tunings.ts";

interface Idle {
  readonly device: Measurement;
  /** The study on the page. */
  readonly study: Study | null;
  /** The text on the page. */
  readonly corpus: Corpus;
  /** Of a new study. */
  readonly settings: Settings;
}

/** A run that begins interrupts it, and reports the faults of the source. */
export async function warmUp(runner: Pick<Runner, "rehearse">, idle: Idle): Promise<void> {
  const { device, study, corpus, settings } = idle;
  if (study !== null && corpus.manifest.hash !== study.file.corpusHash) return;
  const source = study ? incumbentSource(study) : (settings.train ?? seedFor(device.tier).source);
  const arena = study?.file ?? chooseArena(corpus, device, settings);
  const seed = study?.file.seed ?? settings.seed;
  const request = { id: "warm-up", source, arena, seed, corpus, tuning: tuningsOf(study?.records ?? []) };
  await runner.rehearse(request, new AbortController().signal);
}

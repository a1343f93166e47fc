// Compiles kernels while the lab is idle, so that Start finds them compiled: three steps of the incumbent, or of the seed that
// a new study begins with. Every visit begins with it.
import type { Corpus } from "../../prepare/index.ts";
import type { Measurement } from "../../runner/index.ts";
import { seedFor } from "../../seed/index.ts";
import { chooseArena } from "../study/arena.ts";
import { incumbentSource } from "../study/study.ts";
import { tuningsOf } from "../study/tunings.ts";
import type { Session } from "./session.ts";

/** Does nothing once Start was pressed. A run that begins interrupts it, and reports what is wrong with the source. */
export async function warmUp(
  { parts, study }: Session,
  corpus: Corpus | null,
  device: Measurement,
): Promise<void> {
  const { publisher, runner, settings } = parts;
  if (publisher.state.phase !== "idle" || corpus === null) return;
  if (study !== null && corpus.manifest.hash !== study.file.corpusHash) return;
  const source = study ? incumbentSource(study) : (settings.train ?? seedFor(device.tier).source);
  const arena = study?.file ?? chooseArena(corpus, device, settings);
  const seed = study?.file.seed ?? settings.seed;
  const request = { id: "warm-up", source, arena, seed, corpus, tuning: tuningsOf(study?.records ?? []) };
  await runner.rehearse(request, new AbortController().signal);
}

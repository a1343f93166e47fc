// Compiles kernels while the lab is idle, so that Start finds them compiled: three steps of the incumbent, or of the seed that
// a new study begins with. Each visit begins with that, so what was compiled on the last one is compiled ahead.
import type { Corpus } from "../../prepare/index.ts";
import { seedFor } from "../../seed/index.ts";
import { chooseArena } from "../study/arena.ts";
import { tuningsOf } from "../study/tunings.ts";
import { incumbentSource, type Study } from "../study/study.ts";
import type { LabParts, Owned } from "./parts.ts";

/** Whatever is wrong with the source is told by a run; one that begins goes first. */
export async function warmUp(
  { runner, settings }: Pick<LabParts, "runner" | "settings">,
  { device }: Pick<Owned, "device">,
  study: Study | null,
  corpus: Corpus,
): Promise<void> {
  const source = study ? incumbentSource(study) : (settings.train ?? seedFor(device.tier).source);
  const arena = study?.file ?? chooseArena(corpus, device, settings);
  const seed = study?.file.seed ?? settings.seed;
  const request = { id: "warm-up", source, arena, seed, corpus, tuning: tuningsOf(study?.records ?? []) };
  await runner.rehearse(request, new AbortController().signal);
}

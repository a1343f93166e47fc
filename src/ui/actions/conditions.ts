// Conditions that several actions share, and the sentences that say which of them is not met.

import { type ArenaView, arenaOfStudy, GPT_ARENA } from "../../research/contract/arena-view.ts";
import type { ArenaOption, Baselines, NewArena } from "../../research/index.ts";
import type { PageState } from "../state/store.ts";

/** This tab owns a lab that can write: it is not a read-only tab, and the store has not failed. */
export function ownsLab(page: PageState): boolean {
  const phase = page.lab?.phase;
  return phase === "idle" || phase === "running" || phase === "stopping";
}

/** The choice of the reader's own arena, among the names of the lab's. */
export const OWN = "(own)";

/** The arena of the study on the page, or of the one that Start would begin. */
export function arenaOnPage(page: PageState): ArenaView {
  const study = page.lab?.study ?? null;
  return study === null ? chosenArena(page) : arenaOfStudy(study);
}

/** The arena of a new study: the reader's choice; without a device the first one that needs none. */
export function chosenArena({ arena, lab, webgpu, ownArena }: PageState): ArenaView {
  if (arena === OWN && ownArena !== null) return ownArena.arena;
  const known = lab?.arenas ?? [];
  const computes = webgpu && (lab?.noDevice ?? null) === null;
  const first = computes ? GPT_ARENA : (known[0]?.arena ?? GPT_ARENA);
  if (arena === GPT_ARENA.id) return GPT_ARENA;
  return known.find((one) => one.arena.id === arena)?.arena ?? first;
}

/** The same as the lab opens it: with the reader's file, or from the reader's own texts. */
export function chosenChoice(page: PageState): NewArena {
  const { arena, arenaFile: file, ownArena } = page;
  if (arena === OWN && ownArena !== null) return { texts: ownArena.texts };
  const { id } = chosenArena(page);
  if (file === null || builtFrom(page) === null) return { id };
  return { id, options: file.options, file: { name: file.name, bytes: file.bytes } };
}

/** What the chosen arena can be built from; null: no file. */
export const builtFrom = (page: PageState): ArenaOption["file"] | null =>
  page.lab?.arenas.find(({ arena }) => arena === chosenArena(page))?.file ?? null;

/** What simple statistics score on the text of the arena on the page; null: it has no text. */
export const baselinesOf = (page: PageState): Baselines | null =>
  arenaOnPage(page).trains ? (page.lab?.corpus?.baselines ?? null) : null;

/** Why no study of the chosen arena can begin yet; null: one can. */
export function whyNoArena({ arena, lab, webgpu, ownArena }: PageState): string | null {
  if (arena === OWN) return ownArena === null ? "Open your arena first" : null;
  const wanted = arena === null ? !webgpu || (lab?.noDevice ?? null) !== null : arena !== GPT_ARENA.id;
  return wanted && lab?.arenas.length === 0 ? "The arenas are being loaded" : null;
}

export function isIdle(page: PageState): boolean {
  return page.lab?.phase === "idle";
}

export function isRunning(page: PageState): boolean {
  return page.lab?.phase === "running" || page.lab?.phase === "stopping";
}

export function hasExperiments(page: PageState): boolean {
  return (page.lab?.experiments.length ?? 0) > 0;
}

export function hasStudy(page: PageState): boolean {
  return (page.lab?.study ?? null) !== null;
}

/** Why this tab cannot change anything. */
export function whyNotMine({ lab, playback }: PageState): string | null {
  if (playback !== null) return "This is a recording";
  if (lab === null || lab.phase === "opening") return "The lab is still opening";
  if (lab.phase === "readonly") return "Another tab owns the lab";
  return lab.phase === "damaged" || lab.phase === "failed" ? "The lab cannot write" : null;
}

export function whyNotIdle(page: PageState): string | null {
  return isRunning(page) ? "Stop the study first" : whyNotMine(page);
}

export function whyNoResult(page: PageState): string | null {
  return hasExperiments(page) ? null : "Nothing has been judged yet";
}

// Conditions that several actions share, and the sentences that say which of them is not met.

import type { PageState } from "../state/store.ts";

/** This tab owns a lab that can write: it is not a read-only tab, and the store has not failed. */
export function ownsLab(page: PageState): boolean {
  const phase = page.lab?.phase;
  return phase === "idle" || phase === "running" || phase === "stopping";
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

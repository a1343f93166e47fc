// Conditions that several actions share.

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

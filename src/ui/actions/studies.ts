// Actions on one study of the list: open, delete, restore, show on the chart beside the open one; the duplicate of the
// open one: the same text, settings and seed with another program.md or researcher; and the examination of its results:
// another run of an experiment, and the ablation of the best train.ts.

import type { Action } from "./action.ts";
import { hasStudy, isIdle, isRunning, ownsLab, whyNotIdle } from "./conditions.ts";
import { shownNumber } from "./selection.ts";
import type { PageState } from "../state/store.ts";
import { titleOf } from "../state/stages.ts";

export type StudyVerb = "open" | "delete" | "restore" | "beside";

const isAtRest = (page: PageState): boolean => page.lab?.phase === "idle" || page.lab?.phase === "readonly";

type Make = (tag: string) => Omit<Action, "id" | "group">;

const MAKE: Readonly<Record<StudyVerb, Make>> = {
  open: (tag) => ({
    label: (page) => `Open study ${titleOf(page, tag)}`,
    available: isAtRest,
    run: ({ client }) => client.openStudy(tag),
  }),
  delete: (tag) => ({
    label: (page) => `Delete study ${titleOf(page, tag)}`,
    available: (page) => page.lab?.phase === "idle",
    run: ({ client }) => client.deleteStudy(tag),
  }),
  restore: (tag) => ({
    label: (page) => `Restore study ${titleOf(page, tag)}`,
    available: (page) => page.lab?.phase === "idle",
    run: ({ client }) => client.restoreStudy(tag),
  }),
  beside: (tag) => ({
    label: (page) =>
      page.beside?.tag === tag
        ? `Take ${titleOf(page, tag)} off the chart`
        : `Show ${titleOf(page, tag)} on the chart, beside the open study`,
    available: (page) => page.lab?.study !== null && page.playback === null,
    run: async ({ page, client }) => {
      if (page.getState().beside?.tag === tag) page.setState({ beside: null });
      else page.setState({ beside: { tag, experiments: await client.readStudy(tag) } });
    },
  }),
};

export function studyAction(verb: StudyVerb, tag: string): Action {
  return { id: `${verb}-study:${tag}`, group: "Study", ...MAKE[verb](tag) };
}

/** Every action on every study but the open one. */
export function allStudyActions({ lab }: PageState): readonly Action[] {
  const closed = (lab?.studies ?? []).filter((tag) => tag !== lab?.study?.tag);
  const deleted = (lab?.deleted ?? []).map((tag) => studyAction("restore", tag));
  return (["open", "beside", "delete"] as const)
    .flatMap((verb) => closed.map((tag) => studyAction(verb, tag)))
    .concat(deleted);
}

export const duplicateActions: readonly Action[] = [
  {
    id: "duplicate-study",
    group: "Study",
    label: () => "Duplicate this study…",
    also: "copy clone fork another program researcher",
    available: (page) => isIdle(page) && hasStudy(page),
    why: (page) => whyNotIdle(page) ?? "There is no study yet",
    run: ({ page }) => {
      const { lab } = page.getState();
      page.setState({ dialog: "duplicate", copy: { from: "first", program: lab?.program ?? "" } });
    },
  },
  {
    id: "begin-duplicate",
    group: "Study",
    label: () => "Begin the duplicate",
    available: (page) => page.dialog === "duplicate" && isIdle(page) && page.copy.program.trim() !== "",
    why: (page) => whyNotIdle(page) ?? "program.md is empty",
    run: async ({ page, client }) => {
      const { lab, copy } = page.getState();
      if (lab === null || lab.study === null) return;
      const { settings, tag } = lab.study;
      const { experiments } = lab;
      const train =
        copy.from === "best" || experiments.length === 0
          ? lab.incumbentSource
          : (await client.loadExperiment(0)).source;
      const arena = lab.study.arena && { study: tag };
      await client.newStudy({ ...settings, arena, program: copy.program, train });
      page.setState({ dialog: null, beside: { tag, experiments } });
    },
  },
];

/** The shown experiment, when it claims a score. */
function verifiable(page: PageState): number | null {
  const shown = shownNumber(page);
  const open = page.lab?.experiments.find(({ number }) => number === shown);
  return open !== undefined && open.runs > 0 ? open.number : null;
}

/** Kept experiments that had something to beat. */
function keptChanges({ lab }: PageState): number {
  return lab?.experiments.filter((e) => e.status === "keep" && e.incumbentBpb !== null).length ?? 0;
}

export const claimActions: readonly Action[] = [
  {
    id: "verify",
    group: "Study",
    label: (page) => {
      const number = verifiable(page) ?? "";
      return isRunning(page) ? `Verify #${number} after this run` : `Verify #${number}: run it again`;
    },
    also: "replay rerun reproduce check",
    available: (page) => ownsLab(page) && page.lab?.sideTask === null && verifiable(page) !== null,
    run: async ({ page, client }) => {
      const number = verifiable(page.getState());
      if (number !== null) await client.verify(number);
    },
  },
  {
    id: "ablate",
    group: "Study",
    label: (page) =>
      page.lab?.ablation &&
      !page.lab.ablation.done &&
      page.lab.ablation.incumbent === page.lab.study?.incumbent
        ? "Continue ablation"
        : "Ablate: measure each kept change alone",
    also: "ablation effect",
    available: (page) => isIdle(page) && keptChanges(page) > 0,
    why: (page) => whyNotIdle(page) ?? "Nothing was kept after the baseline",
    run: ({ client }) => client.ablate(),
  },
];

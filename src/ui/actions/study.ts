// Actions to start, stop, verify, ablate and export a study.

import type { Action } from "./action.ts";
import type { PageState } from "../state/store.ts";
import { bpb, plural } from "../state/format.ts";
import { parseSettings } from "../state/settings.ts";
import { shownNumber } from "./selection.ts";
import { hasExperiments, hasStudy, isIdle, isRunning } from "./conditions.ts";

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

export const studyActions: readonly Action[] = [
  {
    id: "start",
    group: "Study",
    label: ({ lab }) => {
      const done = lab?.experiments.length ?? 0;
      if (!lab?.study || done === 0) return "Start";
      return `Continue: ${plural(done, "experiment")}, best ${bpb(lab.study.bestBpb)}`;
    },
    keys: "s",
    available: (page) =>
      isIdle(page) && (page.lab?.corpusProgress ?? null) === null && parseSettings(page.form) !== null,
    run: async ({ page, client }) => {
      const { form, lab } = page.getState();
      const settings = parseSettings(form);
      if (settings === null) return;
      // An existing study keeps its settings; only the number of experiments may change.
      await client.start(!lab?.study ? settings : { experiments: settings.experiments });
    },
  },
  {
    id: "stop-after-run",
    group: "Study",
    label: (page) => (page.lab?.phase === "stopping" ? "Stopping after this run" : "Stop after this run"),
    keys: "x",
    available: (page) => page.lab?.phase === "running",
    run: ({ client }) => client.stopAfterRun(),
  },
  {
    id: "stop-now",
    group: "Study",
    label: () => "Stop now",
    keys: "Shift+X",
    available: isRunning,
    run: ({ client }) => client.stopNow(),
  },
  {
    id: "new-study",
    group: "Study",
    label: () => "New study…",
    keys: "n",
    available: (page) => isIdle(page) && hasStudy(page),
    run: ({ page }) => {
      page.setState({ dialog: "new-study" });
    },
  },
  {
    id: "begin-new-study",
    group: "Study",
    label: () => "Begin a new study",
    available: (page) => page.dialog === "new-study" && isIdle(page) && parseSettings(page.form) !== null,
    run: async ({ page, client }) => {
      const settings = parseSettings(page.getState().form);
      if (settings === null) return;
      await client.newStudy(settings);
      page.setState({ dialog: null });
    },
  },
  {
    id: "verify",
    group: "Study",
    label: (page) => `Verify #${verifiable(page) ?? ""}: run it again`,
    available: (page) => isIdle(page) && verifiable(page) !== null,
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
    available: (page) => isIdle(page) && keptChanges(page) > 0,
    run: ({ client }) => client.ablate(),
  },
  {
    id: "export-bundle",
    group: "Study",
    label: () => "Export bundle",
    keys: "e",
    available: (page) => hasStudy(page) && hasExperiments(page) && page.playback === null,
    run: async ({ page, client, browser }) => {
      const tag = page.getState().lab?.study?.tag ?? "study";
      const name = `${tag}.bundle`;
      browser.download(name, await client.exportBundle());
      page.setState({ exported: name });
    },
  },
];

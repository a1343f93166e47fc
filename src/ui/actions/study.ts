// Actions to start, stop and export a study.

import type { Action } from "./action.ts";
import type { Settings } from "../../research/index.ts";
import type { PageState } from "../state/store.ts";
import { bpb, plural } from "../state/format.ts";
import { parseSettings } from "../state/settings.ts";
import {
  chosenArena,
  chosenChoice,
  hasExperiments,
  hasStudy,
  isIdle,
  isRunning,
  whyNoArena,
  whyNoResult,
  whyNotIdle,
  whyNotMine,
} from "./conditions.ts";

/** The settings of a new study, or null while a field is not valid. */
function newSettings(page: PageState): Partial<Settings> | null {
  const settings = parseSettings(page.form);
  return settings && (chosenArena(page).trains ? settings : { ...settings, arena: chosenChoice(page) });
}

/** A run that has trained for so long [s] is not dropped without a question. */
const WORTH_ASKING = 30;

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
    also: "run begin resume go",
    available: (page) =>
      isIdle(page) &&
      (page.lab?.corpusProgress ?? null) === null &&
      parseSettings(page.form) !== null &&
      (hasStudy(page) || whyNoArena(page) === null),
    why: (page) => {
      if ((page.lab?.corpusProgress ?? null) !== null) return "The text is being read";
      if (parseSettings(page.form) === null) return "A setting is not valid";
      return whyNotIdle(page) ?? (hasStudy(page) ? null : whyNoArena(page));
    },
    run: async ({ page, client }) => {
      const { lab } = page.getState();
      const settings = newSettings(page.getState());
      if (settings === null) return;
      // An existing study keeps its settings; only the number of experiments may change.
      await client.start(!lab?.study ? settings : { experiments: settings.experiments ?? 0 });
    },
  },
  {
    id: "stop-after-run",
    group: "Study",
    label: (page) => (page.lab?.phase === "stopping" ? "Stopping after this run" : "Stop after this run"),
    keys: "x",
    also: "pause finish end",
    available: (page) => page.lab?.phase === "running",
    run: ({ client }) => client.stopAfterRun(),
  },
  {
    id: "stop-now",
    group: "Study",
    label: () => "Stop now",
    keys: "Shift+X",
    also: "cancel abort kill halt",
    available: isRunning,
    run: ({ page, client }) => {
      const { lab } = page.getState();
      if ((lab?.current?.trainedSeconds ?? 0) < WORTH_ASKING) return client.stopNow();
      page.setState({ dialog: "stop" });
    },
  },
  {
    id: "confirm-stop",
    group: "Study",
    label: () => "Stop and drop this run",
    available: (page) => page.dialog === "stop" && isRunning(page),
    run: async ({ page, client }) => {
      await client.stopNow();
      page.setState({ dialog: null });
    },
  },
  {
    id: "new-study",
    group: "Study",
    label: () => "New study…",
    keys: "n",
    also: "create another",
    available: (page) => isIdle(page) && hasStudy(page),
    why: (page) => whyNotIdle(page) ?? "There is no study yet: press Start",
    run: ({ page }) => {
      page.setState({ dialog: "new-study" });
    },
  },
  {
    id: "begin-new-study",
    group: "Study",
    label: () => "Begin a new study",
    available: (page) =>
      page.dialog === "new-study" &&
      isIdle(page) &&
      parseSettings(page.form) !== null &&
      whyNoArena(page) === null,
    why: (page) =>
      parseSettings(page.form) === null ? "A setting is not valid" : (whyNotIdle(page) ?? whyNoArena(page)),
    run: async ({ page, client }) => {
      const settings = newSettings(page.getState());
      if (settings === null) return;
      await client.newStudy(settings);
      page.setState({ dialog: null });
    },
  },
  {
    id: "export-bundle",
    group: "Study",
    label: () => "Export bundle",
    keys: "e",
    also: "download save backup git",
    available: (page) => hasStudy(page) && hasExperiments(page) && page.playback === null,
    why: (page) => whyNoResult(page) ?? whyNotMine(page),
    run: async ({ page, client, browser }) => {
      const tag = page.getState().lab?.study?.tag ?? "study";
      const name = `${tag}.bundle`;
      browser.download(name, await client.exportBundle());
      page.setState({ exported: name });
    },
  },
];

// Actions of the editors of program.md and train.ts: save, check, queue, fork, reset.

import type { Action, ActionContext } from "./action.ts";
import { lineOf } from "../state/format.ts";
import { draftState, isDirty, keepDraft } from "../state/drafts.ts";
import { editDraft, NO_CHECK, type EditorName, type PageState } from "../state/store.ts";
import { arenaOnPage, ownsLab, whyNotMine } from "./conditions.ts";
import { shownNumber } from "./selection.ts";

/** The file that a researcher changes. */
const fileOf = (page: PageState): string => arenaOnPage(page).file;

/** Sets an editor to a text and makes that its base, so that nothing counts as unsaved. */
function reset({ page, storage }: ActionContext, name: EditorName, text: string): void {
  const draft = { text, base: text };
  page.setState((old) => ({
    drafts: { ...old.drafts, [name]: draft },
    draftsKept: keepDraft(storage, name, draft),
  }));
}

/** The experiment of the open study that train.ts's draft was forked from. */
export function forkedFrom({ drafts, lab }: PageState): number | null {
  const { fork } = drafts.train;
  return fork !== undefined && fork.study === lab?.study?.tag ? fork.number : null;
}

/** Puts an experiment's train.ts into the editor; a proposal queued from there has that experiment as its base. */
async function forkFrom({ page, client, storage, browser }: ActionContext, number: number): Promise<void> {
  const { lab } = page.getState();
  if (isDirty(page.getState(), "train")) {
    throw new Error(
      `The editor of ${fileOf(page.getState())} holds a change of yours: queue it or reset to the best first`,
    );
  }
  const { source } = await client.loadExperiment(number);
  const draft = { text: source, base: source, fork: { study: lab?.study?.tag ?? "", number } };
  page.setState((old) => ({
    drafts: { ...old.drafts, train: draft },
    check: NO_CHECK,
    queued: null,
    draftsKept: keepDraft(storage, "train", draft),
  }));
  page.setState({ panel: "train" });
  browser.jump("train");
}

/** Type-checks a source through the lab; the diagnostics belong to exactly that source. */
export async function checkSource({ page, client }: ActionContext, source: string): Promise<void> {
  page.setState((old) => ({ check: { ...old.check, state: "checking" } }));
  try {
    const diagnostics = await client.checkSource(source);
    if (page.getState().drafts.train.text !== source) return; // edited meanwhile: a newer check follows
    page.setState({ check: { state: "done", source, diagnostics, reason: "" } });
  } catch (error) {
    page.setState({ check: { state: "failed", source, diagnostics: [], reason: lineOf(error) } });
  }
}

/** The shown experiment; null for the incumbent, which is in the editor anyway. */
function forkable(page: PageState): number | null {
  const shown = shownNumber(page);
  const open = page.lab?.experiments.find(({ number }) => number === shown);
  return open === undefined || open.commit === page.lab?.study?.incumbent ? null : open.number;
}

export const editorActions: readonly Action[] = [
  {
    id: "save-program",
    group: "Editors",
    label: () => "Save program.md",
    keys: "Mod+S",
    also: "instructions prompt",
    available: (page) => ownsLab(page) && isDirty(page, "program"),
    why: (page) => whyNotMine(page) ?? "Nothing has changed",
    run: async (context) => {
      const { text } = context.page.getState().drafts.program;
      await context.client.saveProgram(text);
      const latest = context.page.getState().drafts.program.text;
      const draft = { text: latest, base: text };
      context.page.setState((old) => ({ drafts: { ...old.drafts, program: draft } }));
      keepDraft(context.storage, "program", draft);
    },
  },
  {
    id: "revert-program",
    group: "Editors",
    label: () => "Discard changes to program.md",
    available: (page) => isDirty(page, "program"),
    run: (context) => {
      reset(context, "program", context.page.getState().lab?.program ?? "");
    },
  },
  {
    id: "check-train",
    group: "Editors",
    label: (page) => `${arenaOnPage(page).trains ? "Type-check" : "Check"} ${fileOf(page)}`,
    available: (page) => page.lab !== null && page.drafts.train.text !== "",
    run: (context) => checkSource(context, context.page.getState().drafts.train.text),
  },
  {
    id: "format-train",
    group: "Editors",
    label: (page) => `Format ${fileOf(page)}`,
    also: "prettify indent layout",
    // The formatter is that of the type checker, which knows train.ts alone.
    available: (page) => ownsLab(page) && arenaOnPage(page).trains && page.drafts.train.text !== "",
    why: whyNotMine,
    run: async ({ page, client, storage }) => {
      const source = page.getState().drafts.train.text;
      const answer = await client.assist({ kind: "format", source });
      if (page.getState().drafts.train.text !== source) return; // edited meanwhile
      if (answer?.kind === "format") editDraft(page, storage, "train", answer.source);
    },
  },
  {
    id: "queue-proposal",
    group: "Editors",
    label: () => "Queue as my proposal",
    also: "submit try idea",
    available: (page) => ownsLab(page) && isDirty(page, "train") && page.hypothesis.trim() !== "",
    why: (page) => {
      if (!isDirty(page, "train")) return whyNotMine(page) ?? `Change ${fileOf(page)} first`;
      return whyNotMine(page) ?? "Write a hypothesis first";
    },
    run: async (context) => {
      const { page, client, storage } = context;
      const { drafts, hypothesis } = page.getState();
      const source = drafts.train.text;
      await checkSource(context, source);
      const { check } = page.getState();
      if (check.state === "failed") throw new Error(check.reason);
      const first = check.diagnostics[0];
      if (first !== undefined) {
        const fails = arenaOnPage(page.getState()).trains ? "does not type-check" : "does not compile";
        throw new Error(`${fileOf(page.getState())} ${fails}: line ${first.line}: ${first.message}`);
      }
      await client.submitProposal(source, hypothesis.trim(), forkedFrom(page.getState()));
      storage.removeItem("overnight:hypothesis");
      page.setState({ queued: hypothesis.trim(), hypothesis: "", check: NO_CHECK });
      reset(context, "train", page.getState().lab?.incumbentSource ?? "");
    },
  },
  {
    id: "fork",
    group: "Editors",
    label: (page) => {
      const number = forkable(page);
      return number === null ? "Fork from the selected experiment" : `Fork from #${number}`;
    },
    keys: "o",
    also: "branch edit from",
    available: (page) => ownsLab(page) && forkable(page) !== null,
    run: async (context) => {
      const number = forkable(context.page.getState());
      if (number !== null) await forkFrom(context, number);
    },
  },
  {
    id: "merge-train",
    group: "Editors",
    label: (page) => `Merge the new best ${fileOf(page)} into my change`,
    also: "rebase update three-way",
    available: (page) =>
      ownsLab(page) &&
      page.lab !== null &&
      draftState(page.drafts.train, page.lab.incumbentSource) === "moved",
    run: async ({ page, storage }) => {
      const { mergeLines } = await import("../../research/claims/merge.ts");
      const { drafts, lab } = page.getState();
      const saved = lab?.incumbentSource ?? "";
      const text = mergeLines(drafts.train.base, saved, drafts.train.text);
      if (text === null)
        throw new Error(
          "Both changed the same lines: copy your change, reset to the best, and make it there",
        );
      const draft = { text, base: saved };
      page.setState((old) => ({
        drafts: { ...old.drafts, train: draft },
        check: NO_CHECK,
        draftsKept: keepDraft(storage, "train", draft),
      }));
    },
  },
  {
    id: "revert-train",
    group: "Editors",
    label: (page) => `Reset to best ${fileOf(page)}`,
    also: "undo incumbent discard",
    available: (page) => isDirty(page, "train") || page.drafts.train.fork !== undefined,
    run: (context) => {
      reset(context, "train", context.page.getState().lab?.incumbentSource ?? "");
      context.page.setState({ check: NO_CHECK });
    },
  },
];

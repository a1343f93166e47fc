// The registry of all actions. Buttons, shortcuts, the command palette and the help dialog read it, so an action has
// the same name, shortcut and condition everywhere.

import type { Action, ActionContext } from "./action.ts";
import { chartActions } from "./chart.ts";
import { editorActions } from "./editors.ts";
import { notebookActions } from "./notebook.ts";
import { pageActions } from "./page.ts";
import { safetyActions } from "./safety.ts";
import { studyActions } from "./study.ts";
import { takeAwayActions } from "./take-away.ts";
import { textActions } from "./text.ts";
import { lineOf } from "../state/format.ts";
import type { PageState } from "../state/store.ts";

export const ACTIONS: readonly Action[] = [
  ...studyActions,
  ...takeAwayActions,
  ...notebookActions,
  ...chartActions,
  ...editorActions,
  ...textActions,
  ...safetyActions,
  ...pageActions,
];

export function findAction(id: string): Action {
  const action = ACTIONS.find((a) => a.id === id);
  if (action === undefined) throw new RangeError(`no action named ${id}`);
  return action;
}

/** Actions to delete each study that is not open, and to restore deleted ones. */
function studyList({ lab }: PageState): readonly Action[] {
  const closed = (lab?.studies ?? []).filter((tag) => tag !== lab?.study?.tag);
  const entry = (id: string, label: string, run: Action["run"]): Action => ({
    id,
    group: "Study",
    label: () => label,
    available: (page) => page.lab?.phase === "idle",
    run,
  });
  return [
    ...closed.map((tag) =>
      entry(`delete-study:${tag}`, `Delete study ${tag}`, ({ client }) => client.deleteStudy(tag)),
    ),
    ...(lab?.deleted ?? []).map((tag) =>
      entry(`restore-study:${tag}`, `Restore study ${tag}`, ({ client }) => client.restoreStudy(tag)),
    ),
  ];
}

/** The current actions: the registry, and the entries for every other study. */
export function currentActions(page: PageState): readonly Action[] {
  const others = (page.lab?.studies ?? []).filter((tag) => tag !== page.lab?.study?.tag);
  const open = others.map((tag): Action => ({
    id: `open-study:${tag}`,
    group: "Study",
    label: () => `Open study ${tag}`,
    available: (p) => p.lab?.phase === "idle" || p.lab?.phase === "readonly",
    run: ({ client }) => client.openStudy(tag),
  }));
  return [...ACTIONS, ...open, ...studyList(page)];
}

/** Runs an action if it is available and not already running; the page shows the line of an error. */
export async function perform(action: Action, context: ActionContext): Promise<void> {
  const { page } = context;
  const now = page.getState();
  if (!action.available(now) || now.pending[action.id] === true) return;
  const mark = (pending: boolean, failure: string | null) => {
    page.setState((old) => {
      const failures = Object.fromEntries(Object.entries(old.failures).filter(([id]) => id !== action.id));
      if (failure !== null) failures[action.id] = failure;
      return { pending: { ...old.pending, [action.id]: pending }, failures };
    });
  };
  mark(true, null);
  try {
    await action.run(context);
    mark(false, null);
  } catch (error) {
    mark(false, lineOf(error));
  }
}

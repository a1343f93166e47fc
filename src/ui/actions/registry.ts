// The registry of all actions. Buttons, shortcuts, the command palette and the help dialog read it, so an action has
// the same name, shortcut and condition everywhere.

import type { Action, ActionContext } from "./action.ts";
import { chartActions } from "./chart.ts";
import { editorActions } from "./editors.ts";
import { notebookActions } from "./notebook.ts";
import { pageActions } from "./page.ts";
import { recordingActions } from "./recording.ts";
import { safetyActions } from "./safety.ts";
import { allStudyActions, duplicateActions } from "./studies.ts";
import { studyActions } from "./study.ts";
import { takeAwayActions } from "./take-away.ts";
import { textActions } from "./text.ts";
import { lineOf } from "../state/format.ts";
import type { PageState } from "../state/store.ts";

export const ACTIONS: readonly Action[] = [
  ...studyActions,
  ...duplicateActions,
  ...takeAwayActions,
  ...notebookActions,
  ...chartActions,
  ...editorActions,
  ...textActions,
  ...safetyActions,
  ...recordingActions,
  ...pageActions,
];

export function findAction(id: string): Action {
  const action = ACTIONS.find((a) => a.id === id);
  if (action === undefined) throw new RangeError(`no action named ${id}`);
  return action;
}

/** The current actions: the registry, and those on every other study. */
export const currentActions = (page: PageState): readonly Action[] => [...ACTIONS, ...allStudyActions(page)];

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

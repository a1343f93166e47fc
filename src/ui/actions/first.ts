// The actions that the page has from its first moment, and how every action is found and run. The others
// (registry.ts) arrive with the parts of the page that offer them, so that Start appears early.

import type { Action, ActionContext } from "./action.ts";
import { pageActions, recordingActions } from "./page.ts";
import { studyActions } from "./study.ts";
import { lineOf } from "../state/format.ts";

let known: readonly Action[] = [...studyActions, ...recordingActions, ...pageActions];

/** The actions that have arrived. */
export const knownActions = (): readonly Action[] => known;

/** Called once, with every action. */
export function addAll(actions: readonly Action[]): void {
  known = actions;
}

export function findAction(id: string): Action {
  const action = known.find((a) => a.id === id);
  if (action === undefined) throw new RangeError(`no action named ${id}`);
  return action;
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

// The registry of all actions. Buttons, shortcuts, the command palette and the help dialog read it, so an action has
// the same name, shortcut and condition everywhere.

import type { Action } from "./action.ts";
import { chartActions } from "./chart.ts";
import { editorActions } from "./editors.ts";
import { addAll } from "./first.ts";
import { notebookActions } from "./notebook.ts";
import { pageActions, recordingActions } from "./page.ts";
import { safetyActions } from "./safety.ts";
import { allStudyActions, claimActions, duplicateActions } from "./studies.ts";
import { studyActions } from "./study.ts";
import { takeAwayActions } from "./take-away.ts";
import { textActions } from "./text.ts";
import type { PageState } from "../state/store.ts";

export const ACTIONS: readonly Action[] = [
  ...studyActions,
  ...claimActions,
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
addAll(ACTIONS);

/** The current actions: the registry, and those on every other study. */
export const currentActions = (page: PageState): readonly Action[] => [...ACTIONS, ...allStudyActions(page)];

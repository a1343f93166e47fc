// What the page does as a whole: its title, its shortcuts, and a warning before unsaved text is left behind.

import { useEffect } from "react";
import { ACTIONS, findAction, perform } from "./actions/registry.ts";
import { downloadIfKept } from "./actions/safety.ts";
import { isDirty } from "./actions/editors.ts";
import { useActions, useLab, usePage } from "./actions/context.ts";
import { documentTitle } from "./state/stages.ts";
import { isSingleKey, isTyping, matches } from "./state/shortcuts.ts";

export function usePageHabits(): void {
  const title = useLab<string>(documentTitle, documentTitle(null));
  useEffect(() => {
    document.title = title;
  }, [title]);
  useShortcuts();
  useKeptDownloads();
  useUnloadWarning();
}

function useShortcuts(): void {
  const context = useActions();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const { dialog, singleKeys } = context.page.getState();
      const action = ACTIONS.find((a) => a.keys !== undefined && matches(a.keys, event));
      if (action?.keys === undefined) return;
      if (isSingleKey(action.keys) && (!singleKeys || isTyping(event.target))) return;
      if (dialog !== null && action.id !== "palette") return;
      event.preventDefault(); // also when it cannot run now: the browser's own Save would be a surprise
      if (!event.repeat) void perform(action, context);
    };
    addEventListener("keydown", onKeyDown);
    return () => {
      removeEventListener("keydown", onKeyDown);
    };
  }, [context]);
}

function useKeptDownloads(): void {
  const context = useActions();
  useEffect(
    () =>
      context.client.onEvent((event) => {
        if (event.type !== "experiment" || event.status !== "keep") return;
        // As an export that was asked for: what goes wrong stands beside the button.
        void perform({ ...findAction("export-bundle"), run: downloadIfKept }, context);
      }),
    [context],
  );
}

function useUnloadWarning(): void {
  const unsaved = usePage((page) => isDirty(page, "program") || isDirty(page, "train"));
  useEffect(() => {
    if (!unsaved) return;
    const warn = (event: BeforeUnloadEvent) => {
      event.preventDefault();
    };
    addEventListener("beforeunload", warn);
    return () => {
      removeEventListener("beforeunload", warn);
    };
  }, [unsaved]);
}

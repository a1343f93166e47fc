// Effects of the whole page: its title, its address, its shortcuts, and a warning before unsaved text is lost.

import { useEffect } from "react";
import { findAction, knownActions, perform } from "./actions/first.ts";
import { addressOf, parseAddress } from "./state/address.ts";
import { useActions, useLab, usePage } from "./actions/context.ts";
import { isDirty } from "./state/drafts.ts";
import { documentTitle } from "./state/stages.ts";
import { useWhileAway } from "./while-away.ts";
import { isSingleKey, isTyping, matches } from "./state/shortcuts.ts";

export function usePageHabits(): void {
  const title = useLab<string>(documentTitle, documentTitle(null));
  useEffect(() => {
    document.title = title;
  }, [title]);
  useAddress();
  useWantedStart();
  useShortcuts();
  useKeptDownloads();
  useUnloadWarning();
  useWhileAway();
}

/** Starts as soon as possible, when Start was pressed before the lab was open. */
function useWantedStart(): void {
  const context = useActions();
  const start = findAction("start");
  const due = usePage((page) => page.startWanted && start.available(page));
  useEffect(() => {
    if (!due) return;
    context.page.setState({ startWanted: false });
    void perform(start, context);
  }, [context, start, due]);
}

/** Writes the selection into the page's address, and follows the address when a person changes it or goes back. */
function useAddress(): void {
  const context = useActions();
  const { page } = context;
  const study = useLab((lab) => lab.study?.tag ?? null, null);
  const number = usePage((p) => p.selected);
  const compared = usePage((p) => p.compared);
  const wanted = usePage((p) => p.wanted);
  const atRest = useLab((lab) => lab.phase === "idle" || lab.phase === "readonly", false);
  useEffect(() => {
    if (study === null || wanted !== null) return; // the address names an experiment that is not open yet
    const hash = number === null ? "" : addressOf({ study, number, compared });
    if (location.hash !== hash)
      history.replaceState(history.state, "", hash === "" ? location.pathname + location.search : hash);
  }, [study, number, compared, wanted]);
  useEffect(() => {
    const follow = () => {
      const address = parseAddress(location.hash);
      if (address === null) return; // the anchor of a place on the page, such as the skip link's
      if (address.study === page.getState().lab?.study?.tag) {
        page.setState({ selected: address.number, compared: address.compared, wanted: null });
      } else page.setState({ wanted: address });
    };
    addEventListener("hashchange", follow);
    return () => {
      removeEventListener("hashchange", follow);
    };
  }, [page]);
  useEffect(() => {
    if (wanted === null || !atRest || wanted.study === study) return;
    void import("./actions/registry.ts").then(({ currentActions }) => {
      const open = currentActions(page.getState()).find(({ id }) => id === `open-study:${wanted.study}`);
      if (open === undefined) page.setState({ wanted: null });
      else void perform(open, context);
    });
  }, [page, context, wanted, atRest, study]);
}

function useShortcuts(): void {
  const context = useActions();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const { dialog, singleKeys } = context.page.getState();
      const action = knownActions().find((a) => a.keys !== undefined && matches(a.keys, event));
      if (action?.keys === undefined) return;
      if (isSingleKey(action.keys) && (!singleKeys || isTyping(event.target))) return;
      if (action.keys === "Escape" && (isTyping(event.target) || !action.available(context.page.getState())))
        return;
      if (dialog !== null && action.id !== "palette") return;
      event.preventDefault(); // even when the action is unavailable: the browser's own Save would be a surprise
      if (!event.repeat || action.repeats === true) void perform(action, context);
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
        if (event.type !== "experiment" || event.status !== "keep" || !context.page.getState().downloadKept)
          return;
        // Runs as the action "export-bundle", so that its error appears beside that button.
        const run = async () => (await import("./actions/safety.ts")).downloadCopy(context);
        void perform({ ...findAction("export-bundle"), run }, context);
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

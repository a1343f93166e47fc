// What the page does for a reader who is not looking: it keeps the screen on, and notifies of a new best and of the end
// of a study. Both are settings.

import { useEffect } from "react";
import { useActions, useLab, usePage } from "./actions/context.ts";
import { bpb } from "./state/format.ts";

export function useWhileAway(): void {
  useWakeLock();
  useNotifications();
}

/** Keeps the screen on while a study runs. The browser ends the lock whenever the page is hidden. */
function useWakeLock(): void {
  const wanted = usePage((page) => page.stayAwake);
  const running = useLab((lab) => lab.phase === "running" || lab.phase === "stopping", false);
  useEffect(() => {
    if (!wanted || !running) return;
    const lock = new AbortController();
    let held: WakeLockSentinel | null = null;
    const hold = async () => {
      if (document.visibilityState !== "visible") return;
      const got = await wakeLock()?.request("screen");
      if (lock.signal.aborted) void got?.release();
      else held = got ?? null;
    };
    // The browser may refuse, as on an empty battery; the study runs all the same.
    const tryToHold = () => void hold().catch(() => null);
    document.addEventListener("visibilitychange", tryToHold, { signal: lock.signal });
    tryToHold();
    return () => {
      lock.abort();
      void held?.release();
    };
  }, [wanted, running]);
}

/** Absent in insecure contexts and in some browsers, although the types always have it. */
const wakeLock = () => (navigator as { wakeLock?: WakeLock }).wakeLock;

function useNotifications(): void {
  const { client, page } = useActions();
  const wanted = usePage((state) => state.notify);
  useEffect(() => {
    if (!wanted) return;
    let phase = client.state().phase;
    const stopEvents = client.onEvent((event) => {
      if (event.type !== "experiment" || event.status !== "keep" || event.valBpb === null) return;
      tell(`New best: ${bpb(event.valBpb)}`, event.hypothesis);
    });
    const stopStates = client.subscribe((lab) => {
      const ran = phase === "running" || phase === "stopping";
      const stops = lab.phase === "idle" || lab.phase === "failed";
      if (ran && stops)
        tell(lab.phase === "idle" ? "The study has stopped" : "The study failed", lab.error ?? "");
      phase = lab.phase;
    });
    return () => {
      stopEvents();
      stopStates();
    };
  }, [client, page, wanted]);
}

function tell(title: string, body: string): void {
  if (document.visibilityState === "visible" || Notification.permission !== "granted") return;
  const shown = new Notification(title, { body, icon: "./icon.svg", tag: "overnight" });
  shown.onclick = () => {
    focus();
    shown.close();
  };
}

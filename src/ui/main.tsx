// The page: a workbench over one lab. Only this folder uses React, CodeMirror, recharts and canvas. It reaches the lab
// through `LabClient` (src/research) alone: snapshots arrive a few times a second and go into one zustand store
// (state/store.ts); loss points have a channel of their own and go straight to a canvas (live/). Every action of a
// person is an entry of one registry (actions/registry.ts), which feeds the buttons, the shortcuts, the command palette
// and the help. No other folder imports this one; index.html starts this file.

import "./styles/tokens.css";
import "./styles/page.css";
import "./styles/controls.css";
import "./styles/progress.css";
import "./styles/now.css";
import "./styles/list.css";
import "./styles/selected.css";
import "./styles/panels.css";
import "./styles/talk.css";
import "./styles/researcher.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { chosenEngine, connectLab } from "../research/page/client.ts";
import type { LabClient } from "../research/index.ts";
import { messageOf } from "../error.ts";
import { App } from "./App.tsx";
import { PageContext } from "./actions/context.ts";
import {
  browserFace,
  browserStorage,
  foldersWork,
  forgetfulStorage,
  readDownloadKept,
  readNotify,
  readSingleKeys,
  readStayAwake,
} from "./browser.ts";
import { LossTrace } from "./live/loss-trace.ts";
import { TraceContext } from "./live/trace-context.ts";
import type { Player } from "./recording/playback.ts";
import { connectPage, createPage } from "./state/store.ts";
import { applyTheme, readTheme } from "./state/theme.ts";

declare global {
  interface Window {
    /** The page's client of the lab, for the headless lab (scripts/lab) and for the console. */
    overnight: LabClient;
  }
}

/**
 * The lab; with `?recording` a recorded night, and in development a fake lab that shows a state of the page:
 * `?fixture=night`.
 */
async function openClient(): Promise<{ client: LabClient; player: Player | null }> {
  const search = new URLSearchParams(location.search);
  if (search.has("recording")) {
    const lab = await (await import("./recording/open-recording.ts")).openRecording();
    return { client: lab, player: lab };
  }
  const name = import.meta.env.DEV ? search.get("fixture") : null;
  const client =
    name === null
      ? connectLab()
      : (await import("./fixtures/index.ts")).fixtureClient(name, search.has("still"));
  return { client, player: null };
}

async function openPage(): Promise<void> {
  const kept = browserStorage();
  const theme = readTheme(kept);
  if (theme !== "system") applyTheme(theme, document.documentElement, kept);
  const { client, player } = await openClient();
  const storage = player === null ? kept : forgetfulStorage();
  window.overnight = client;

  const page = createPage({
    storage,
    search: location.search,
    hash: location.hash,
    startWanted: document.querySelector<HTMLInputElement>("#early-start")?.checked ?? false,
    webgpu: ("gpu" in navigator || chosenEngine() !== null) && !location.search.includes("fixture=nogpu"),
    theme,
    singleKeys: readSingleKeys(storage),
    foldersWork: foldersWork(),
    downloadKept: readDownloadKept(storage),
    stayAwake: readStayAwake(storage),
    notify: readNotify(storage),
  });
  const trace = new LossTrace();
  client.hot((event) => {
    trace.receive(event);
  });
  connectPage(page, client, storage);
  player?.onPlayback((playback) => {
    page.setState({ playback });
  });

  const root = document.getElementById("page");
  if (root === null) throw new RangeError("index.html has no #page");
  createRoot(root).render(
    <StrictMode>
      <PageContext value={{ page, client, storage, player, browser: browserFace(storage) }}>
        <TraceContext value={trace}>
          <App />
        </TraceContext>
      </PageContext>
    </StrictMode>,
  );
  keepForOffline(client);
}

/** Once the lab is open, so that it does not delay the first visit. */
function keepForOffline(client: LabClient): void {
  if (import.meta.env.DEV || !("serviceWorker" in navigator)) return;
  const keep = () => navigator.serviceWorker.register("./sw.js");
  // A lab that does not open shows its own error, and is not needed offline.
  void client.opened().then(keep, () => null);
}

// Only the recording can fail here: the lab shows its own errors.
openPage().catch((error: unknown) => {
  const state = document.querySelector(".masthead-state");
  if (state !== null) state.textContent = messageOf(error);
});

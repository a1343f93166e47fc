// Actions of the page itself: panels, theme, palette and help; and those of the recorded night, which opens by the page's
// address, so that no lab runs beside it.

import type { Action } from "./action.ts";
import type { PageState, PanelName } from "../state/store.ts";
import { nextTheme } from "../state/theme.ts";
import { arenaOnPage, isRunning } from "./conditions.ts";

const jump = (section: string, keys: string, label: string): Action => ({
  id: `go-${section}`,
  group: "Page",
  label: () => label,
  keys,
  available: () => true,
  run: ({ browser }) => {
    browser.jump(section);
  },
});

/** The panels, in the order of their buttons. */
export const PANELS: readonly (readonly [name: PanelName, title: string, keys: string])[] = [
  ["program", "program.md", "4"],
  ["train", "train.ts", "5"],
  ["researcher", "Researcher", "6"],
  ["text", "Text", "7"],
  ["talk", "Talk", "m"],
  ["machine", "Machine", "8"],
  ["report", "Report", "9"],
  ["settings", "Settings", "0"],
];

/** Panels about a model and its text. */
const OF_TRAINING: readonly PanelName[] = ["text", "talk"];

/** The panels of the arena on the page, as PANELS. */
export function panelsOf(page: PageState): typeof PANELS {
  const { trains, file } = arenaOnPage(page);
  return trains
    ? PANELS
    : PANELS.filter(([name]) => !OF_TRAINING.includes(name)).map(
        ([name, title, keys]) => [name, name === "train" ? file : title, keys] as const,
      );
}

/** Opens a panel and moves the focus there; from inside the panel, closes it. */
const panel = ([name, title, keys]: (typeof PANELS)[number]): Action => ({
  id: `go-${name}`,
  group: "Page",
  label: (page) => `${page.panel === name ? "Close" : "Open"} ${title}`,
  keys,
  available: () => true,
  run: ({ page, browser }) => {
    if (page.getState().panel === name) {
      page.setState({ panel: null });
      browser.jump(`open-${name}`);
    } else {
      page.setState({ panel: name });
      browser.jump(name);
    }
  },
});

export const pageActions: readonly Action[] = [
  jump("now", "1", "Go to the current run"),
  jump("progress", "2", "Go to the chart"),
  jump("experiments", "3", "Go to the list of experiments"),
  ...PANELS.map(panel),
  {
    id: "back",
    group: "Page",
    label: (page) =>
      page.panel !== null
        ? "Close the panel"
        : page.compared !== null
          ? "End the comparison"
          : "Follow the best experiment again",
    keys: "Escape",
    also: "close follow",
    available: (page) => page.panel !== null || page.compared !== null || page.selected !== null,
    run: ({ page, browser }) => {
      const { panel, compared } = page.getState();
      if (panel !== null) {
        page.setState({ panel: null });
        browser.jump(`open-${panel}`);
      } else page.setState(compared !== null ? { compared: null } : { selected: null });
    },
  },
  {
    id: "theme",
    group: "Page",
    label: (page) => {
      return `Theme: ${page.theme}`;
    },
    keys: "t",
    also: "dark light appearance colours",
    available: () => true,
    run: ({ page, browser }) => {
      const theme = nextTheme(page.getState().theme);
      browser.setTheme(theme);
      page.setState({ theme });
    },
  },
  {
    id: "palette",
    group: "Page",
    label: () => "Command palette",
    keys: "Mod+K",
    available: () => true,
    run: ({ page }) => {
      page.setState((old) => ({ dialog: old.dialog === "palette" ? null : "palette" }));
    },
  },
  {
    id: "help",
    group: "Page",
    label: () => "Help and shortcuts",
    keys: "?",
    also: "keyboard documentation keys",
    available: () => true,
    run: ({ page }) => {
      page.setState({ dialog: "help" });
    },
  },
  {
    id: "stay-awake",
    group: "Page",
    label: (page) => `Keep the screen on while a study runs: ${page.stayAwake ? "on" : "off"}`,
    also: "wake lock sleep display",
    available: () => true,
    run: ({ page, browser }) => {
      const on = !page.getState().stayAwake;
      browser.setStayAwake(on);
      page.setState({ stayAwake: on });
    },
  },
  {
    id: "notify",
    group: "Page",
    label: (page) => `Notify of a new best and of the end: ${page.notify ? "on" : "off"}`,
    also: "notification alert message",
    available: () => true,
    run: async ({ page, browser }) => {
      const on = !page.getState().notify;
      if (!(await browser.setNotify(on)))
        throw new Error(
          "This browser does not allow notifications of this page; its settings for this site do",
        );
      page.setState({ notify: on });
    },
  },
  {
    id: "single-keys",
    group: "Page",
    label: (page) => `Single-key shortcuts: ${page.singleKeys ? "on" : "off"}`,
    available: () => true,
    run: ({ page, browser }) => {
      const on = !page.getState().singleKeys;
      browser.setSingleKeys(on);
      page.setState({ singleKeys: on });
    },
  },
];

const isRecording = (page: PageState): boolean => page.playback !== null;

export const recordingActions: readonly Action[] = [
  {
    id: "explore-recording",
    group: "Page",
    label: () => "Explore a recorded night",
    also: "demo example sample tour",
    available: (page) => !isRecording(page) && !isRunning(page),
    run: ({ browser }) => {
      browser.visit("?recording");
    },
  },
  {
    id: "play",
    group: "Page",
    label: ({ playback }) => {
      if (playback?.playing === true) return "Pause the recording";
      return playback !== null && playback.at < playback.total
        ? "Play the recording"
        : "Replay the recording";
    },
    available: isRecording,
    run: ({ page, player }) => {
      player?.play(page.getState().playback?.playing !== true);
    },
  },
  {
    id: "leave-recording",
    group: "Page",
    label: () => "Leave the recording",
    available: isRecording,
    run: ({ browser }) => {
      browser.visit("?");
    },
  },
];

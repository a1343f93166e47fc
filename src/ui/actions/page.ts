// The page itself: where to look, how it looks, what it can do.

import type { Action } from "./action.ts";
import { nextTheme } from "../state/theme.ts";

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

export const pageActions: readonly Action[] = [
  jump("progress", "1", "Go to progress"),
  jump("now", "2", "Go to the current run"),
  jump("experiments", "3", "Go to the experiments"),
  jump("program", "4", "Go to program.md"),
  jump("train", "5", "Go to train.ts"),
  jump("text", "6", "Go to the text"),
  jump("machine", "7", "Go to the machine"),
  {
    id: "zoom",
    group: "Page",
    label: (page) => (page.zoom === "close" ? "Show the whole scale" : "Show the frontier close up"),
    keys: "z",
    available: (page) => (page.lab?.experiments.length ?? 0) > 0,
    run: ({ page }) => {
      page.setState((old) => ({ zoom: old.zoom === "close" ? "whole" : "close" }));
    },
  },
  {
    id: "theme",
    group: "Page",
    label: (page) => {
      const names = { system: "system", light: "light", dark: "dark" };
      return `Theme: ${names[page.theme]}`;
    },
    keys: "t",
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
    available: () => true,
    run: ({ page }) => {
      page.setState({ dialog: "help" });
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

// Light, dark, or the system's theme; kept in the browser. The style sheet uses light-dark().

import { keepText, type DraftStore } from "./drafts.ts";

export type Theme = "system" | "light" | "dark";

const KEY = "overnight:theme";
const ORDER: readonly Theme[] = ["system", "light", "dark"];

export function readTheme(store: Pick<Storage, "getItem">): Theme {
  return ORDER.find((t) => t === store.getItem(KEY)) ?? "system";
}

export function nextTheme(theme: Theme): Theme {
  return ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] ?? "system";
}

/** Sets the theme on the document and remembers it. */
export function applyTheme(theme: Theme, root: HTMLElement, store: DraftStore): void {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  keepText(store, KEY, theme === "system" ? null : theme);
}

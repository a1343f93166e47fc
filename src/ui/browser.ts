// The few things only a browser can do, behind the small face that actions know (ActionContext.browser).

import type { ActionContext } from "./actions/action.ts";
import { keepText, type DraftStore } from "./state/drafts.ts";
import { FILE_INPUT_ID } from "./panels/FileInput.tsx";
import { applyTheme } from "./state/theme.ts";

const SINGLE_KEYS = "overnight:single-keys";

export function browserFace(storage: DraftStore): ActionContext["browser"] {
  return {
    download(name, contents) {
      const url = URL.createObjectURL(
        new Blob([new Uint8Array(contents)], { type: "application/octet-stream" }),
      );
      const link = document.createElement("a");
      link.href = url;
      link.download = name;
      link.click();
      setTimeout(() => {
        URL.revokeObjectURL(url);
      }, 60_000); // Safari reads it late
    },
    copy: (text) => navigator.clipboard.writeText(text),
    jump(target) {
      requestAnimationFrame(() => {
        const heading = document.getElementById(`${target}-title`);
        const element = heading ?? document.getElementById(target);
        element?.focus({ preventScroll: true });
        const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
        element?.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
      });
    },
    chooseFile() {
      document.getElementById(FILE_INPUT_ID)?.click();
    },
    setTheme(theme) {
      applyTheme(theme, document.documentElement, storage);
    },
    setSingleKeys(on) {
      keepText(storage, SINGLE_KEYS, on ? null : "off");
    },
  };
}

export function readSingleKeys(storage: DraftStore): boolean {
  return storage.getItem(SINGLE_KEYS) !== "off";
}

/** The browser's storage; where it is forbidden, one that remembers nothing and says so when it is written to. */
export function browserStorage(): DraftStore {
  try {
    return localStorage;
  } catch {
    return {
      getItem: () => null,
      removeItem: () => undefined,
      setItem: () => {
        throw new DOMException("this browser keeps nothing for this page", "SecurityError");
      },
    };
  }
}

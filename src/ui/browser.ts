// The functions of the browser that actions use, behind one interface (ActionContext.browser).

import type { ActionContext } from "./actions/action.ts";
import { keepText, type DraftStore } from "./state/drafts.ts";
import { FILE_INPUT_ID, inFolder } from "./panels/dropped.ts";
import { applyTheme } from "./state/theme.ts";

const SINGLE_KEYS = "overnight:single-keys";
const DOWNLOAD_KEPT = "overnight:download-kept";
const STAY_AWAKE = "overnight:stay-awake";
const NOTIFY = "overnight:notify";

async function readBundle(file: File): Promise<{ name: string; bytes: Uint8Array }> {
  return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
}

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
      }, 60_000); // Safari reads the file late
    },
    toPng,
    prefersDark: () => matchMedia("(prefers-color-scheme: dark)").matches,
    copy: (text) => navigator.clipboard.writeText(text),
    jump(target) {
      // At once, so that no letter typed next is a shortcut; a panel that was just opened is drawn with the next frame.
      if (!focusOn(target)) requestAnimationFrame(() => focusOn(target));
    },
    visit(search) {
      location.assign(`${location.pathname}${search}`);
    },
    chooseFile() {
      document.getElementById(FILE_INPUT_ID)?.click();
    },
    chooseTextFolder() {
      const input = document.createElement("input");
      Object.assign(input, { type: "file", webkitdirectory: true });
      return new Promise((resolve) => {
        input.onchange = () => {
          resolve(inFolder([...(input.files ?? [])]));
        };
        input.oncancel = () => {
          resolve([]);
        };
        input.click();
      });
    },
    chooseBundles() {
      const input = document.createElement("input");
      Object.assign(input, { type: "file", accept: ".bundle", multiple: true });
      return new Promise((resolve, reject) => {
        input.onchange = () => {
          Promise.all([...(input.files ?? [])].map(readBundle)).then(resolve, reject);
        };
        input.oncancel = () => {
          resolve([]);
        };
        input.click();
      });
    },
    async chooseFolder() {
      try {
        return (await showDirectoryPicker?.({ id: "overnight", mode: "readwrite" })) ?? null;
      } catch (error) {
        if (error instanceof DOMException && error.name === "AbortError") return null; // the reader closed it
        throw error;
      }
    },
    async bundlesIn(folder) {
      const files: File[] = [];
      for await (const entry of folder.values())
        if (entry.kind === "file" && entry.name.endsWith(".bundle"))
          files.push(await (entry as FileSystemFileHandle).getFile());
      return Promise.all(files.map(readBundle));
    },
    setDownloadKept(on) {
      keepText(storage, DOWNLOAD_KEPT, on ? "on" : null);
    },
    setStayAwake(on) {
      keepText(storage, STAY_AWAKE, on ? "on" : null);
    },
    async setNotify(on) {
      const allowed = !on || (await Notification.requestPermission()) === "granted";
      if (allowed) keepText(storage, NOTIFY, on ? "on" : null);
      return allowed;
    },
    setTheme(theme) {
      applyTheme(theme, document.documentElement, storage);
    },
    setSingleKeys(on) {
      keepText(storage, SINGLE_KEYS, on ? null : "off");
    },
  };
}

/** Moves the focus to the heading or the element of this name. False when the page shows none that takes it. */
function focusOn(target: string): boolean {
  const element = document.getElementById(`${target}-title`) ?? document.getElementById(target);
  if (element === null) return false;
  element.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
  return document.activeElement === element;
}

async function toPng(
  svg: string,
  { width, height }: { readonly width: number; readonly height: number },
  scale = 1,
): Promise<Uint8Array> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image(width, height);
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: width * scale, height: height * scale });
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => {
      canvas.toBlob(resolve, "image/png");
    });
    if (blob === null) throw new RangeError("this browser made no picture of the chart (try the SVG)");
    return new Uint8Array(await blob.arrayBuffer());
  } finally {
    URL.revokeObjectURL(url);
  }
}

export const foldersWork = (): boolean => typeof showDirectoryPicker === "function";

export const readStayAwake = (storage: DraftStore): boolean => storage.getItem(STAY_AWAKE) === "on";

/** The browser may have withdrawn its permission since. */
export const readNotify = (storage: DraftStore): boolean =>
  storage.getItem(NOTIFY) === "on" &&
  typeof Notification === "function" &&
  Notification.permission === "granted";

export function readDownloadKept(storage: DraftStore): boolean {
  return storage.getItem(DOWNLOAD_KEPT) === "on";
}

export function readSingleKeys(storage: DraftStore): boolean {
  return storage.getItem(SINGLE_KEYS) !== "off";
}

/** A storage of this page load alone: a recorded night leaves nothing behind. */
export function forgetfulStorage(): DraftStore {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

/** The browser's storage; where it is forbidden, an empty one whose writes throw. */
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

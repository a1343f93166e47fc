// Actions against loss of data: recovery after damage, and copies outside of the browser's database.

import type { Action, ActionContext } from "./action.ts";
import type { PageState } from "../state/store.ts";
import { hasExperiments, hasStudy, isIdle, ownsLab, whyNotIdle } from "./conditions.ts";

const isDamaged = (page: PageState): boolean => page.lab?.phase === "damaged";
const isWritable = (page: PageState): boolean => page.lab?.damage?.writable === true;
const folderOf = (page: PageState) => page.lab?.copies.folder ?? null;

export const safetyActions: readonly Action[] = [
  {
    id: "continue-with-left",
    group: "Study",
    label: () => "Continue with the remaining data",
    available: (page) =>
      isDamaged(page) && isWritable(page) && page.lab?.damage?.studies.some(({ left }) => left > 0) === true,
    run: ({ client }) => client.settleDamage("continue"),
  },
  {
    id: "start-anew",
    group: "Study",
    label: () => "Start anew…",
    available: (page) => isDamaged(page) && isWritable(page),
    run: ({ page }) => {
      page.setState({ dialog: "anew" });
    },
  },
  {
    id: "confirm-anew",
    group: "Study",
    label: () => "Delete the remaining data and start anew",
    available: (page) => page.dialog === "anew" && isDamaged(page) && isWritable(page),
    run: async ({ page, client }) => {
      await client.settleDamage("anew");
      page.setState({ dialog: null });
    },
  },
  {
    id: "bring-copies",
    group: "Study",
    label: () => "Restore from a bundle…",
    also: "import open bundle backup",
    available: (page) => isDamaged(page) || isIdle(page),
    why: whyNotIdle,
    run: async ({ page, client, browser }) => {
      const copies = await browser.chooseBundles();
      if (copies.length === 0) return;
      await client.bringCopies(copies);
      page.setState({ panel: null }); // the page now asks how to continue
    },
  },
  {
    id: "copy-to-folder",
    group: "Study",
    label: (page) => (folderOf(page) === null ? "Keep a copy in a folder…" : "Choose another folder…"),
    also: "backup save",
    available: (page) => ownsLab(page) && page.foldersWork,
    run: async ({ client, browser }) => {
      const folder = await browser.chooseFolder();
      if (folder !== null) await client.copyToFolder(folder);
    },
  },
  {
    id: "allow-folder",
    group: "Study",
    label: (page) => `Allow access to ${folderOf(page)?.name ?? "the folder"} again`,
    available: (page) => folderOf(page)?.asks === true && (ownsLab(page) || isDamaged(page)),
    run: allowFolder,
  },
  {
    id: "forget-folder",
    group: "Study",
    label: () => "Stop copying to the folder",
    available: (page) => folderOf(page) !== null && ownsLab(page),
    run: ({ client }) => client.copyToFolder(null),
  },
  {
    id: "download-kept",
    group: "Study",
    label: (page) => `Download a copy after each kept experiment: ${page.downloadKept ? "on" : "off"}`,
    available: () => true,
    run: ({ page, browser }) => {
      const on = !page.getState().downloadKept;
      browser.setDownloadKept(on);
      page.setState({ downloadKept: on });
    },
  },
];

/** Asks the browser for access, which it forgets after each visit; then reads the folder's copies, or writes one. */
async function allowFolder({ page, client, browser }: ActionContext): Promise<void> {
  const folder = await client.copyFolder();
  if (folder === null || (await folder.requestPermission?.({ mode: "readwrite" })) !== "granted") return;
  if (isDamaged(page.getState())) await client.bringCopies(await browser.bundlesIn(folder));
  else await client.copyToFolder(folder);
}

/** Downloads the study, with its number of experiments in the file's name. */
export async function downloadCopy({ page, client, browser }: ActionContext): Promise<void> {
  const state = page.getState();
  if (!hasStudy(state) || !hasExperiments(state)) return;
  const count = String(state.lab?.experiments.length ?? 0);
  browser.download(`${state.lab?.study?.tag ?? "study"}-${count}.bundle`, await client.exportBundle());
}

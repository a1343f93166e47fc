// Actions on the text that a study learns from, and on the files of an arena.

import type { TextFile } from "../../research/index.ts";
import { EXAMPLES } from "../../research/contract/example-texts.ts";
import type { Action, ActionContext } from "./action.ts";
import { lineOf } from "../state/format.ts";
import type { PageState } from "../state/store.ts";
import { chosenArena, chosenChoice, isIdle, OWN, whyNotIdle } from "./conditions.ts";

/** Hands files to the lab, joined in order as one text. The corpus panel shows an error. */
export async function importFiles(
  { page, client }: ActionContext,
  files: readonly TextFile[] | Promise<readonly TextFile[]>,
): Promise<void> {
  const showFailure = (line: string | null) => {
    page.setState((old) => {
      const failures = Object.fromEntries(
        Object.entries(old.failures).filter(([id]) => id !== "import-text"),
      );
      return { failures: line === null ? failures : { ...failures, "import-text": line } };
    });
  };
  const problem = isIdle(page.getState())
    ? null
    : "A study keeps the text it began with: stop it first, then bring a new text.";
  showFailure(problem);
  if (problem !== null) return;
  try {
    await client.importCorpus(await files);
  } catch (error) {
    showFailure(lineOf(error));
  }
}

export const exampleId = (url: string): string => `example:${url}`;

/** Hands an address to the lab. The corpus panel shows an error. */
export async function importUrl({ page, client }: ActionContext, url: string): Promise<void> {
  page.setState({ panel: "text" });
  await client.importUrl(url);
}

/** Brings a table for the chosen arena; its last column is the target at first. */
export const bringFile =
  (file: File) =>
  async ({ page, client }: ActionContext): Promise<void> => {
    const { id } = chosenArena(page.getState());
    const brought = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
    const columns = await client.readColumns(id, brought);
    const options = { target: columns.at(-1) ?? "" };
    page.setState({ arenaFile: { ...brought, columns, options }, arenaCheck: null });
  };

/** The most bytes of a file in an arena's folder. */
const MAX_TEXT = 2 ** 20;

/** Opens an arena of the reader's own from the files of a folder, and chooses it. */
export async function bringOwn(
  { page, client }: ActionContext,
  files: readonly TextFile[] | Promise<readonly TextFile[]>,
): Promise<void> {
  const texts: Record<string, string> = {};
  for (const { name, file } of await files) {
    const base = name.slice(name.lastIndexOf("/") + 1);
    if (!/\.(ts|json|md)$/.test(base)) continue;
    if (file.size > MAX_TEXT)
      throw new Error(`${name}: got ${file.size} bytes, expected at most ${MAX_TEXT}`);
    texts[base] = await file.text();
  }
  page.setState({ ownTexts: texts });
  await openOwn({ page, client }, texts);
}

async function openOwn(
  { page, client }: Pick<ActionContext, "page" | "client">,
  texts: Readonly<Record<string, string>>,
): Promise<void> {
  const arena = await client.openArena({ texts });
  page.setState({ ownArena: { arena, texts }, arena: OWN, arenaCheck: null });
}

const mayImport = (page: PageState): boolean => isIdle(page) && page.lab?.corpusProgress === null;

export const textActions: readonly Action[] = [
  {
    id: "import-text",
    group: "Text",
    label: () => "Use a text of your own…",
    also: "corpus file upload data dataset",
    available: mayImport,
    why: (page) => whyNotIdle(page) ?? "A text is being read",
    run: ({ browser }) => {
      browser.chooseFile();
    },
  },
  {
    id: "fetch-text",
    group: "Text",
    label: () => "Use a text from the network…",
    available: mayImport,
    run: ({ page, browser }) => {
      page.setState({ panel: "text" });
      browser.jump("text-address");
    },
  },
  ...EXAMPLES.map(({ title, url }): Action => ({
    id: exampleId(url),
    group: "Text",
    label: () => `Use ${title}`,
    available: mayImport,
    run: (context) => importUrl(context, url),
  })),
  {
    id: "import-folder",
    group: "Text",
    label: () => "Use a folder of texts…",
    available: mayImport,
    run: async (context) => {
      const files = await context.browser.chooseTextFolder();
      if (files.length === 0) return;
      context.page.setState({ panel: "text" });
      await importFiles(context, files);
    },
  },
  {
    id: "bring-file",
    group: "Study",
    label: () => "Use a table of your own…",
    also: "csv parquet data dataset",
    available: isIdle,
    why: whyNotIdle,
    run: ({ browser }) => {
      browser.jump("arena-file");
    },
  },
  {
    id: "bring-arena",
    group: "Study",
    label: () => "Use an arena of your own…",
    also: "folder evaluate arena.json",
    available: isIdle,
    why: whyNotIdle,
    run: async (context) => {
      const files = await context.browser.chooseTextFolder();
      if (files.length > 0) await bringOwn(context, files);
    },
  },
  {
    id: "write-arena",
    group: "Study",
    label: () => "Write an arena of your own…",
    also: "evaluate arena.json editor example",
    available: (page) => isIdle(page) && page.ownTexts === null,
    why: (page) => (page.ownTexts === null ? whyNotIdle(page) : null),
    run: async ({ page, client }) => {
      page.setState({ ownTexts: await client.exampleArena() });
    },
  },
  {
    id: "open-arena",
    group: "Study",
    label: () => "Open the arena as it is written",
    available: (page) => isIdle(page) && page.ownTexts !== null,
    why: (page) => (page.ownTexts === null ? "No arena is being written" : whyNotIdle(page)),
    run: async (context) => {
      const { ownTexts } = context.page.getState();
      if (ownTexts !== null) await openOwn(context, ownTexts);
    },
  },
  {
    id: "check-arena",
    group: "Study",
    label: (page) => `Check whether ${chosenArena(page).title} is ready for a night`,
    also: "readiness noise cheats",
    available: (page) => isIdle(page) && !chosenArena(page).trains,
    why: whyNotIdle,
    run: async ({ page, client }) => {
      page.setState({ arenaCheck: null });
      page.setState({ arenaCheck: await client.checkArena(chosenChoice(page.getState())) });
    },
  },
  {
    id: "use-embedded",
    group: "Text",
    label: () => "Use the text that comes with the lab",
    also: "corpus default",
    available: (page) =>
      isIdle(page) && page.lab?.corpusProgress === null && page.lab.corpus?.packages.length === 0,
    run: ({ client }) => client.useEmbeddedCorpus(),
  },
  {
    id: "cancel-import",
    group: "Text",
    label: () => "Cancel",
    available: (page) => page.lab?.corpusProgress?.cancellable === true,
    run: ({ client }) => client.cancelImport(),
  },
];

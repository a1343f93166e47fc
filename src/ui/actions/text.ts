// Actions on the text that a study learns from.

import type { TextFile } from "../../research/index.ts";
import { EXAMPLES } from "../../research/contract/example-texts.ts";
import type { Action, ActionContext } from "./action.ts";
import { lineOf } from "../state/format.ts";
import type { PageState } from "../state/store.ts";
import { isIdle, whyNotIdle } from "./conditions.ts";

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

// Actions on the text that a study learns from.

import type { Action, ActionContext } from "./action.ts";
import { lineOf } from "../state/format.ts";
import { isIdle, whyNotIdle } from "./conditions.ts";

const ACCEPTED = [".txt", ".md", ".jsonl", ".ndjson"];

/** The reason to refuse a file before reading it; null: none. */
export function fileError(name: string, size: number): string | null {
  const lower = name.toLowerCase();
  if (!ACCEPTED.some((end) => lower.endsWith(end))) {
    return `${name} is not a .txt, .md or .jsonl file; nothing was changed.`;
  }
  return size === 0 ? `${name} is empty; nothing was changed.` : null;
}

/** Hands files to the lab, joined in order as one text. The corpus panel shows an error. */
export async function importFiles({ page, client }: ActionContext, files: readonly File[]): Promise<void> {
  const showFailure = (line: string | null) => {
    page.setState((old) => {
      const failures = Object.fromEntries(
        Object.entries(old.failures).filter(([id]) => id !== "import-text"),
      );
      return { failures: line === null ? failures : { ...failures, "import-text": line } };
    });
  };
  const problem = isIdle(page.getState())
    ? (files.map(({ name, size }) => fileError(name, size)).find((line) => line !== null) ?? null)
    : "A study keeps the text it began with: stop it first, then bring a new text.";
  showFailure(problem);
  if (problem !== null) return;
  try {
    await client.importCorpus(files.map((file) => ({ name: file.name, file })));
  } catch (error) {
    showFailure(lineOf(error));
  }
}

export const textActions: readonly Action[] = [
  {
    id: "import-text",
    group: "Text",
    label: () => "Use a text of your own…",
    also: "corpus file upload data dataset",
    available: (page) => isIdle(page) && page.lab?.corpusProgress === null,
    why: (page) => whyNotIdle(page) ?? "A text is being read",
    run: ({ browser }) => {
      browser.chooseFile();
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

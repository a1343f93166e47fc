// Shared by the stories: a fresh page with a small text, and a user's actions.
import { expect, type Locator, type Page } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A text from which a tiny model can learn: sentences of a small grammar, determined by the seed. */
export function smallText(bytes = 260_000, seed = 1): string {
  let state = seed;
  const pick = <T>(list: readonly T[]): T => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return list[Math.floor((state / 2 ** 32) * list.length)];
  };
  const who = [
    "the night watch",
    "a small model",
    "the researcher",
    "an old clock",
    "the tide",
    "her notebook",
  ];
  const does = ["reads", "forgets", "measures", "repeats", "keeps", "loses", "counts"];
  const what = [
    "every step",
    "the long curve",
    "a better number",
    "the last token",
    "its own name",
    "the quiet page",
  ];
  const how = ["slowly", "again", "before dawn", "with care", "for an hour", "without a word"];
  let text = "";
  while (text.length < bytes) {
    text += `${pick(who)} ${pick(does)} ${pick(what)} ${pick(how)}${pick([".", ",", ";", "."])}${pick([" ", " ", "\n"])}`;
  }
  return text;
}

/** Opens the lab and waits until Start is enabled. */
export async function openLab(page: Page, query = ""): Promise<void> {
  await page.goto(`/${query}`);
  await expect(page.getByTestId("start")).toBeEnabled({ timeout: 60_000 });
}

/** Chooses a file as the text and waits until it is the study's corpus. */
export async function useText(page: Page, text: string, name = "small.txt"): Promise<void> {
  await page
    .locator("input[type=file]")
    .setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
  await expect(page.getByTestId("corpus")).toContainText(name, { timeout: 60_000 });
}

/** A train.ts small enough for a few seconds on a software adapter; the rate decides whether it learns. */
export const tinyTrain = (rate: number) => `import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

const RATE = ${rate}; // (0.00001..1 log)
const WIDTH = 32;

class Bigram {
  table = nn.parameter([VOCAB_SIZE, WIDTH], nn.normal(0.1));
  head = nn.parameter([WIDTH, VOCAB_SIZE], nn.normal(0.02));
  forward(tokens: nn.Tensor): nn.Tensor {
    return nn.embedding(this.table, tokens).matmul(this.head);
  }
}

const model = new Bigram();
const optimizer = new nn.AdamW(nn.parameters(model), { lr: RATE });
for await (const step of training(model)) {
  const { x, y } = step.batch(4);
  const loss = nn.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  step.log({ loss });
}
`;

/**
 * Begins a study with a train.ts, by default of two experiments. Its budget is a number of tokens, so that a loaded
 * machine trains the same model as an idle one.
 */
export async function newStudy(
  page: Page,
  settings: { readonly train: string; readonly budgetTokens?: number; readonly experiments?: number },
): Promise<void> {
  const whole = {
    budgetSeconds: 12,
    budgetTokens: 16_384,
    experiments: 2,
    vocabSize: 256,
    seed: 1,
    ...settings,
  };
  await page.evaluate((given) => window.overnight.newStudy(given), whole);
}

/** Opens a panel by its button, if it is closed. */
export async function openPanel(page: Page, name: string): Promise<void> {
  const button = page.getByTestId(`open-${name}`);
  if ((await button.getAttribute("aria-expanded")) !== "true") await button.click();
  await expect(page.getByTestId(`panel-${name}`)).toBeVisible();
}

export const rows = (page: Page): Locator => page.getByTestId("experiment-row");
export const row = (page: Page, number: number): Locator =>
  page.locator(`[data-testid=experiment-row][data-number="${number}"]`);

/** Waits for the verdict on an experiment and returns its status. */
export async function verdict(page: Page, number: number, timeout = 180_000): Promise<string> {
  await expect(row(page, number)).toBeVisible({ timeout });
  return (await row(page, number).getAttribute("data-status")) ?? "";
}

/** Runs real git in a folder. */
export function git(folder: string, ...args: string[]): string {
  return execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

export const scratch = (): string => mkdtempSync(join(tmpdir(), "overnight-"));

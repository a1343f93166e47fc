// Runs whole studies in the complete product, by `npm run lab`: headless Chromium with the sandbox.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findChromium } from "../../scripts/setup.mjs";
import type { LabEvent } from "../../src/research/contract/lab-state.ts";
import { ARENA, type RunStudy } from "./study-options.ts";

/** A new browser for each study, so that studies share no state. */
export const studyInBrowser: RunStudy = async (options, onEvent) => {
  const folder = mkdtempSync(join(tmpdir(), "overnight-study-"));
  const file = (name: string) => join(folder, name);
  writeFileSync(file("small.txt"), options.text);
  writeFileSync(file("train.ts"), options.train);
  const flags = {
    researcher: options.researcher,
    experiments: options.experiments,
    seed: options.seed,
    "budget-tokens": options.budgetTokens,
    context: options.context,
    budget: ARENA.budgetSeconds,
    vocab: ARENA.vocabSize,
    rule: ARENA.rule,
    adapter: "software",
    text: file("small.txt"),
    train: file("train.ts"),
    out: file("study.bundle"),
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const lab = spawn("npx", ["tsx", "scripts/lab/main.ts", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, CHROMIUM: process.env.CHROMIUM ?? findChromium() ?? undefined },
  });
  for await (const line of createInterface({ input: lab.stdout })) {
    const event = JSON.parse(line) as LabEvent | { readonly type: "error"; readonly reason: string };
    if (event.type === "error") throw new Error(event.reason);
    onEvent(event);
  }
  return readFileSync(file("study.bundle"));
};

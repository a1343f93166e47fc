// Drives the page for the headless lab, through the client `window.overnight`.
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { connectSources } from "../../src/researchers/model/wire/csp-sources.ts";
import { parseModelSpec } from "../../src/researchers/model/keys/config.ts";
import type { LabEvent } from "../../src/research/index.ts";
import { importTexts } from "../import-text.ts";
import { ENGINE_KEY, storeBeforeLoad } from "../stored-settings.ts";
import { isAddress, textFiles } from "../text-files.ts";
import { keyFromEnvironment, type LabOptions } from "./options.ts";
import type { Profile } from "./profile.ts";

/** A running or ended study in the page. */
export interface OpenStudy {
  readonly tag: string;
  /** The number of experiments to reach, and (`done`) the number so far. */
  readonly experiments: number;
  readonly done: number;
  readonly budgetSeconds: number;
  readonly resumed: boolean;
}

/** Opens the page of a server that the browser reaches at `address`. */
export async function openPage(
  page: Page,
  address: string,
  { model, engine, given, screenshot }: LabOptions,
  hear: (event: LabEvent) => void,
): Promise<void> {
  page.on("pageerror", (error) => process.stderr.write(`page: ${error.message}\n`));
  page.on("console", (message) => {
    if (message.type() === "error") process.stderr.write(`page: ${message.text()}\n`);
  });
  await page.exposeFunction("overnightEvent", hear);
  const stored: Record<string, string> = {};
  if (given.has("researcher"))
    stored["overnight:connect"] = JSON.stringify(model === null ? [] : connectSources(model));
  if (given.has("engine")) stored[ENGINE_KEY] = engine;
  await storeBeforeLoad(page, stored);
  await page.goto(address);
  // Nobody sees the page: on a software adapter, drawing it costs a third of a short experiment's processor time.
  if (screenshot === null) await page.addStyleTag({ content: "html { display: none !important; }" });
  await page.evaluate(async () => {
    const { overnight, overnightEvent } = window as Window & { overnightEvent?(event: unknown): void };
    if (overnightEvent === undefined) throw new Error("the page has no event sink");
    overnight.onEvent(overnightEvent);
    await overnight.opened();
  });
}

/** Resumes the profile's study, or starts a new one. Rejects with a one-line error. */
export async function beginStudy(page: Page, options: LabOptions, profile: Profile): Promise<OpenStudy> {
  const found = await page.evaluate(() => {
    const { phase, study, models, corpus } = window.overnight.state();
    return { phase, tag: study?.tag ?? null, researcher: models?.settings.researcher ?? "builtin", corpus };
  });
  if (found.phase === "readonly") throw new Error("another page of this profile owns the lab");
  const resumed = found.tag !== null;
  const { given } = options;
  const { researcher, share, capDollars, wait, alone } = options;
  const change = {
    waitSeconds: wait,
    fillIn: !alone,
    ...(!resumed || given.has("researcher") ? { researcher } : {}),
    ...(!resumed || given.has("share") ? { share } : {}),
    ...(!resumed || given.has("cap-dollars") ? { capDollars } : {}),
  };
  const key = keyOf(options, found.researcher);
  await page.evaluate(
    async ({ change, key, can }) => {
      await window.overnight.models({ type: "set", change });
      for (const word of can) await window.overnight.models({ type: "capability", ...word });
      if (key !== null) await window.overnight.models({ type: "key", key });
    },
    { change, key, can: options.can },
  );
  await (resumed ? resume(page, options, profile) : begin(page, options, profile));
  const study = await page.evaluate(() => {
    const { study, experiments } = window.overnight.state();
    return study && { tag: study.tag, settings: study.settings, done: experiments.length };
  });
  if (study === null) throw new Error("the page shows no study");
  const { tag, done, settings } = study;
  const limit = settings.experiments === 0 ? Infinity : settings.experiments;
  const experiments = !resumed || given.has("experiments") ? options.experiments : limit;
  return { tag, experiments, done, budgetSeconds: settings.budgetSeconds, resumed };
}

/** The key of the study's model: the model of the flags, else the one that the profile uses. */
function keyOf({ model, given }: LabOptions, researcher: string): string | null {
  if (model !== null) return keyFromEnvironment(model, process.env);
  const known = given.has("researcher") || researcher === "builtin" || researcher === "random";
  return known ? null : keyFromEnvironment(parseModelSpec(researcher), process.env);
}

async function begin(page: Page, options: LabOptions, profile: Profile): Promise<void> {
  const { texts, train, program } = options;
  const hashes = { text: await hashOf(texts), train: await hashOf(train), program: await hashOf(program) };
  await profile.update({ ...hashes, tips: [] });
  if (texts.length > 0) await importTexts(page, texts);
  const read = (path: string | null) => (path === null ? null : readFileSync(path, "utf8"));
  await page.evaluate(
    async ({ settings, train, program }) => {
      await window.overnight.newStudy({
        ...settings,
        ...(train === null ? {} : { train }),
        ...(program === null ? {} : { program }),
      });
    },
    {
      settings: { experiments: options.experiments, ...options.settings },
      train: read(train),
      program: read(program),
    },
  );
}

async function resume(page: Page, options: LabOptions, profile: Profile): Promise<void> {
  for (const [name, files] of [["text", options.texts] as const, ["train", options.train] as const]) {
    const hash = await hashOf(files);
    if (hash !== null && hash !== profile.began[name]) {
      throw new Error(
        `--${name}: the study in ${profile.folder} began with another one (leave the flag out, or name another profile)`,
      );
    }
  }
  const { texts, program, settings } = options;
  const hash = await hashOf(program);
  if (program !== null && hash !== profile.began.program) {
    await page.evaluate((words) => window.overnight.saveProgram(words), readFileSync(program, "utf8"));
    await profile.update({ program: hash });
  }
  const missing = await page.evaluate(async (given) => {
    const { overnight } = window;
    const { phase, study, experiments } = overnight.state();
    const own: Readonly<Record<string, unknown>> = { ...study?.settings };
    const same = Object.entries(given).every(([name, value]) => own[name] === value || value === "auto");
    if (phase === "running" && same) return false; // the page has resumed it by itself
    if (phase === "running") await overnight.stopNow();
    const limit = given.experiments ?? study?.settings.experiments ?? 0;
    if (limit > 0 && experiments.length >= limit) return false;
    try {
      await overnight.start(given);
      return false;
    } catch (error) {
      // The browser may have deleted the text, and --text may supply it again.
      if ((error as { code?: unknown }).code === "corpus") return true;
      throw error;
    }
  }, settings);
  if (!missing) return;
  if (texts.length === 0)
    throw new Error(`the text of the study is not in ${profile.folder}: name it with --text`);
  await importTexts(page, texts);
  await page.evaluate((given) => window.overnight.start(given), settings);
}

/** SHA-256 of the concatenated files, or of an address; null without files. */
async function hashOf(files: readonly string[] | string | null): Promise<string | null> {
  const paths = typeof files === "string" ? [files] : (files ?? []);
  if (paths.length === 0) return null;
  const hash = createHash("sha256");
  if (isAddress(paths[0])) return hash.update(paths[0]).digest("hex");
  for (const { path } of textFiles(paths)) {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}

/** Resolves when the study has all its experiments; rejects with a one-line error when it stops before. */
export async function finished(page: Page, experiments: number): Promise<void> {
  await page.evaluate(
    (experiments) =>
      new Promise<void>((done, reject) => {
        window.overnight.subscribe((state) => {
          const count = state.experiments.length;
          if (state.phase === "failed") reject(new Error(state.error ?? "the lab failed"));
          else if (state.phase === "idle" && count >= experiments) done();
          else if (state.phase === "idle")
            reject(new Error(`the study stopped by itself after ${count} experiments`));
        });
      }),
    experiments,
  );
}

/** Exports the study as a bundle. */
export async function exportBundle(page: Page): Promise<Uint8Array> {
  const base64 = await page.evaluate(async () => {
    const bytes = await window.overnight.exportBundle();
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768)
      text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  });
  return Buffer.from(base64, "base64");
}

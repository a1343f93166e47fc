// The crash test: runs a study in a real browser and kills one of its processes at random moments; after each kill it
// opens the page again and checks the exported study with real git. The seed determines targets and moments.
import type { Page } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "../../scripts/serve.ts";
import { problemsOf } from "./crash-check.ts";
import { type Acknowledged, CrashLab, SHORT_STUDY, type Target, TARGETS } from "./crash-lab.ts";

/** The lab's activity at the kill, and the longest time after its beginning [ms]. */
const MOMENTS = { running: 3000, founding: 1500, exporting: 200, importing: 800 } as const;
type Moment = keyof typeof MOMENTS;
const ORDER = Object.keys(MOMENTS) as readonly Moment[];

/** Runs of a second: most of the time between two kills something is acknowledged. */
const STUDY = { ...SHORT_STUDY, budgetTokens: 512, experiments: 0 } as const;

export interface CrashReport {
  readonly kills: Readonly<Record<Target, number>>;
  readonly acknowledged: number;
  readonly studies: number;
  /** Lost, damaged or twice judged experiments, and the kill after which they were found. */
  readonly problems: readonly string[];
}

export async function crashTest(
  count: number,
  seed: number,
  log: (line: string) => void,
): Promise<CrashReport> {
  const random = randomFrom(seed);
  const profile = mkdtempSync(join(tmpdir(), "overnight-crash-"));
  const server = await serve();
  const acknowledged: Acknowledged[] = [];
  const founded = new Set<string>();
  const kills = { browser: 0, renderer: 0, gpu: 0, storage: 0 };
  const problems: string[] = [];
  const lab = new CrashLab(server.address, profile, (experiment) => acknowledged.push(experiment));
  const test = new CrashTest(lab, acknowledged, founded);
  try {
    await lab.open();
    await test.found();
    for (let i = 0; i < count; i++) {
      const target = TARGETS[i % TARGETS.length] ?? "browser";
      const moment = ORDER[Math.floor(i / TARGETS.length) % ORDER.length] ?? "running";
      await test.reach(moment);
      await sleep(random() * MOMENTS[moment]);
      if (await lab.kill(target, random)) kills[target]++;
      else problems.push(`kill ${i}: there is no ${target} process`);
      const found = await test.check(moment);
      const state = found.length === 0 ? "whole" : found.join("; ");
      log(`${i + 1}. ${target}, ${moment}: ${state}; ${acknowledged.length} acknowledged`);
      problems.push(...found.map((problem) => `kill ${i + 1} (${target}, ${moment}): ${problem}`));
    }
    problems.push(...(await test.checkAll()));
  } finally {
    await lab.close();
    await server.close();
    rmSync(profile, { recursive: true, maxRetries: 5, retryDelay: 200 });
  }
  return { kills, acknowledged: acknowledged.length, studies: founded.size, problems };
}

class CrashTest {
  readonly #lab: CrashLab;
  readonly #acknowledged: readonly Acknowledged[];
  readonly #founded: Set<string>;
  #bundle: readonly number[] = [];

  constructor(lab: CrashLab, acknowledged: readonly Acknowledged[], founded: Set<string>) {
    this.#lab = lab;
    this.#acknowledged = acknowledged;
    this.#founded = founded;
  }

  /** Starts a study on a generated text. */
  async found(): Promise<void> {
    await this.#lab.begin(STUDY);
    await this.#note();
  }

  /** Begins the activity of `moment`, without waiting for its end. */
  async reach(moment: Moment): Promise<void> {
    const { page } = this.#lab;
    if (moment === "founding" || moment === "importing") {
      await this.#lab.ask("Stop", () => page.evaluate(() => window.overnight.stopNow()));
      await this.#lab.phase(["idle"]);
    } else if ((await this.#lab.open()) === "idle") await page.evaluate(() => window.overnight.start({}));
    // An experiment must be acknowledged before it can be lost.
    if (moment === "running" || moment === "exporting") await this.#lab.ask("an experiment", judged);
    await page.evaluate(
      ([what, study, bundle]) => {
        const { overnight } = window;
        const copies = [{ name: "mine.bundle", bytes: new Uint8Array(bundle) }];
        const works = {
          running: () => Promise.resolve(),
          founding: () => overnight.newStudy(study),
          exporting: () => overnight.exportBundle(),
          importing: () => overnight.bringCopies(copies).then(() => overnight.settleDamage("continue")),
        };
        const end = works[what]().then(
          () => null,
          (error: unknown) => String(error),
        );
        Reflect.set(window, "crashTestEnd", end);
      },
      [moment, STUDY, this.#bundle] as const,
    );
  }

  /** Opens the lab again and returns the problems of its open study, one line each. */
  async check(moment: Moment): Promise<readonly string[]> {
    await this.#lab.open();
    // If the page survived, its activity continues or fails.
    const failure = await this.#lab.ask(moment, (page) =>
      page.evaluate(() => Reflect.get(window, "crashTestEnd") as Promise<unknown>),
    );
    if (typeof failure === "string") console.log(`   ${moment}: ${failure}`);
    const phase = await this.#lab.open();
    const { page } = this.#lab;
    if (phase === "damaged") {
      // After an interrupted import the lab may ask again; in any other case it must not report a damaged store.
      if (moment !== "importing") return [`the store is said to be damaged: ${await this.#error()}`];
      await page.evaluate(() => window.overnight.settleDamage("continue"));
      await this.#lab.phase(["idle"]);
    }
    if (phase === "failed") return [`the lab does not open: ${await this.#error()}`];
    await this.#note();
    return this.#checkOpen();
  }

  /** Checks every study, one after the other. */
  async checkAll(): Promise<readonly string[]> {
    const { page } = this.#lab;
    await this.#lab.ask("Stop", () => page.evaluate(() => window.overnight.stopNow()));
    await this.#lab.phase(["idle"]);
    const problems: string[] = [];
    const tags = await page.evaluate(() => window.overnight.state().studies);
    for (const tag of this.#founded) {
      if (!tags.includes(tag)) {
        problems.push(`study ${tag} is lost`);
        continue;
      }
      await page.evaluate((open) => window.overnight.openStudy(open), tag);
      problems.push(...(await this.#checkOpen()));
    }
    return problems;
  }

  async #checkOpen(): Promise<readonly string[]> {
    const before = [...this.#acknowledged];
    const [tag, bytes] = await this.#lab.page.evaluate(async () => {
      const open = window.overnight.state().study?.tag ?? "";
      return [open, [...(await window.overnight.exportBundle())]] as const;
    });
    this.#bundle = bytes;
    return problemsOf(
      tag,
      Uint8Array.from(bytes),
      before.filter((one) => one.tag === tag),
    );
  }

  /** A study that the page has shown counts as acknowledged. */
  async #note(): Promise<void> {
    const tag = await this.#lab.page.evaluate(() => window.overnight.state().study?.tag);
    if (tag !== undefined) this.#founded.add(tag);
  }

  #error(): Promise<string | null> {
    return this.#lab.page.evaluate(() => window.overnight.state().error);
  }
}

/** Waits for one more experiment. */
const judged = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        window.overnight.onEvent(({ type }) => {
          if (type === "experiment") resolve();
        });
      }),
  );

/** Random numbers in [0, 1), determined by the seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

// A browser whose processes may be killed: started on a profile, and opened again after each kill.
import { type BrowserContext, chromium, type Page } from "@playwright/test";
import { setTimeout as sleep } from "node:timers/promises";
import { chromiumArguments } from "../../scripts/browser.ts";
import { findChromium } from "../../scripts/setup.mjs";
import { smallText, tinyTrain } from "../e2e/lab.ts";
import { processesBelow } from "./headless.ts";

/** A study with runs of a few seconds. */
export const SHORT_STUDY = {
  train: tinyTrain(0.01),
  budgetSeconds: 5,
  budgetTokens: 2048,
  context: 64,
  vocabSize: 256,
  rule: "karpathy",
} as const;

export const TARGETS = ["browser", "renderer", "gpu", "storage"] as const;
export type Target = (typeof TARGETS)[number];

const COMMANDS: Readonly<Record<Target, (command: string) => boolean>> = {
  browser: (command) => !/--type=|crashpad_handler/.test(command),
  renderer: (command) => command.includes("--type=renderer"),
  gpu: (command) => command.includes("--type=gpu-process"),
  storage: (command) => command.includes("--utility-sub-type=storage."),
};

export interface Acknowledged {
  readonly tag: string;
  readonly number: number;
  readonly commit: string;
}

/** Phases after the lab has examined its store. */
const OPENED = ["idle", "running", "damaged", "failed"];

export class CrashLab {
  readonly #address: string;
  readonly #profile: string;
  readonly #heard: (experiment: Acknowledged) => void;
  readonly #flags: readonly string[];
  #context: BrowserContext | null = null;
  #page: Page | null = null;

  /** `heard` is called in this process for each experiment that the page has shown; `flags` are Chromium's. */
  constructor(
    address: string,
    profile: string,
    heard: (experiment: Acknowledged) => void,
    flags: readonly string[] = [],
  ) {
    this.#address = address;
    this.#profile = profile;
    this.#heard = heard;
    this.#flags = flags;
  }

  get page(): Page {
    if (this.#page === null) throw new Error("there is no page");
    return this.#page;
  }

  /** Opens browser and page if they are not open, and resolves with the lab's phase. */
  async open(): Promise<string> {
    for (let tries = 1; ; tries++) {
      try {
        if (this.#context === null) await this.#launch();
        if (this.#page === null) await this.#load();
        const phase = await this.phase(OPENED);
        // After the death of a process the page may fail with a message; a person would reload it.
        if (phase !== "failed" || tries > 1) return phase;
        this.#page = null;
      } catch (error) {
        // A killed process may close its page a little later.
        if (tries === 5 || !/closed|crashed/.test(String(error))) throw error;
        this.#page = null;
      }
    }
  }

  /** Begins a study on a small generated text. */
  async begin(study: Parameters<Window["overnight"]["newStudy"]>[0]): Promise<void> {
    await this.page.evaluate(
      (text) => window.overnight.importCorpus([{ name: "small.txt", file: new Blob([text]) }]),
      smallText(),
    );
    await this.page.evaluate((settings) => window.overnight.newStudy(settings), study);
  }

  /** Runs `work` in the page. Throws if it takes more than a minute: then the page hangs. */
  async ask<T>(what: string, work: (page: Page) => Promise<T>): Promise<T> {
    const end = new AbortController();
    const late = sleep(60_000, undefined, { signal: end.signal }).then(() => {
      throw new Error(`the lab did not answer ${what} within a minute`);
    });
    late.catch(() => undefined); // settled before
    try {
      return await Promise.race([work(this.page), late]);
    } finally {
      end.abort();
    }
  }

  /** Waits for one of the phases `wanted`. */
  async phase(wanted: readonly string[]): Promise<string> {
    for (let tries = 0; tries < 600; tries++) {
      const phase = await this.page.evaluate(() => window.overnight.state().phase);
      if (wanted.includes(phase)) return phase;
      await sleep(100);
    }
    const found = await this.page.evaluate(() => {
      const { phase, error, current, notices } = window.overnight.state();
      return JSON.stringify({
        phase,
        error,
        stage: current?.stage,
        notices: notices.map(({ text }) => text),
      });
    });
    throw new Error(`the lab did not come to ${wanted.join(" or ")} within a minute: ${found}`);
  }

  /** Kills one process of the kind `target`; false when there is none. */
  async kill(target: Target, random: () => number): Promise<boolean> {
    const found = this.processes(target);
    const victim = found[Math.floor(random() * found.length)];
    if (victim === undefined) return false;
    const context = this.#context;
    const closed =
      target === "browser" && context !== null
        ? new Promise<void>((resolve) => void context.once("close", () => resolve()))
        : null;
    process.kill(victim, "SIGKILL");
    await closed;
    await sleep(300); // Playwright learns of a crash a little later
    return true;
  }

  processes(target: Target): number[] {
    return this.#all.filter(([, command]) => COMMANDS[target](command)).map(([pid]) => pid);
  }

  /** Stops every process of the browser for `seconds`. */
  async freeze(seconds: number): Promise<void> {
    const pids = this.#all.map(([pid]) => pid);
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    await sleep(seconds * 1000);
    for (const pid of pids) process.kill(pid, "SIGCONT");
  }

  get #all(): [pid: number, command: string][] {
    return [...processesBelow(process.pid)].filter(
      ([, command]) => command.includes("--type=") || command.includes(this.#profile),
    );
  }

  async close(): Promise<void> {
    const context = this.#context;
    this.#context = this.#page = null;
    await context?.close();
  }

  async #launch(): Promise<void> {
    const context = await chromium.launchPersistentContext(this.#profile, {
      executablePath: findChromium() ?? undefined,
      serviceWorkers: "block",
      // After some crashes Chromium disables its GPU process; a night has fewer of them than this test.
      args: [...chromiumArguments("software"), "--disable-gpu-process-crash-limit", ...this.#flags],
    });
    context.on("close", () => {
      if (this.#context === context) this.#context = this.#page = null;
    });
    this.#page = null;
    await context.exposeFunction("crashTestHeard", this.#heard);
    this.#context = context;
  }

  async #load(): Promise<void> {
    const context = this.#context;
    if (context === null) throw new Error("there is no browser");
    const page = await context.newPage();
    for (const other of context.pages()) if (other !== page) await other.close();
    page.on("crash", () => {
      if (this.#page === page) this.#page = null;
    });
    this.#page = page;
    await page.goto(this.#address);
    await page.evaluate(() => {
      const { overnight } = window;
      overnight.onEvent((event) => {
        const tag = overnight.state().study?.tag;
        if (event.type !== "experiment" || tag === undefined) return;
        const heard = Reflect.get(window, "crashTestHeard") as (experiment: Acknowledged) => void;
        heard({ tag, number: event.number, commit: event.commit });
      });
    });
  }
}

// The events that can end a headless study from outside.
import type { BrowserContext, Page } from "@playwright/test";
import { type Ending, firstLine } from "../ending.ts";

const LATE = 124; // the status of timeout(1)
const UNREAD = 141; // the status after SIGPIPE
const LONGEST = 2 ** 31 - 1; // ms; setTimeout fires at once for a longer delay

/** Resolves when stdout can no longer be written. */
export function unread(): Promise<Ending> {
  process.stderr.on("error", () => undefined); // an unread warning must not end the process
  return new Promise((end) => {
    process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (code === "EPIPE") end({ why: "nobody reads stdout", status: UNREAD });
      else end({ why: `stdout failed: ${code ?? "?"}`, status: 1 });
    });
  });
}

/** Rejects with a one-line error when the browser or its page has ended. */
export function gone(browser: BrowserContext, page: Page): Promise<never> {
  return new Promise((_, reject) => {
    page.once("crash", () => {
      reject(new Error("the page crashed"));
    });
    browser.once("close", () => {
      reject(new Error("the browser ended"));
    });
  });
}

/** A time limit that can be changed. */
export class Deadline {
  readonly over: Promise<Ending>;
  #end: (ending: Ending) => void = () => undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(seconds: number) {
    this.over = new Promise((end) => (this.#end = end));
    this.set(seconds);
  }

  set(seconds: number): void {
    this.#wait(performance.now() + seconds * 1000, `no end after ${seconds} s`);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #wait(until: number, why: string): void {
    clearTimeout(this.#timer);
    const left = until - performance.now();
    if (left <= 0) this.#end({ why, status: LATE });
    else this.#timer = setTimeout(() => this.#wait(until, why), Math.min(left, LONGEST));
  }
}

/** Resolves with the result of `work`, or with `fallback` after `ms`. */
export async function within<T>(work: Promise<T>, ms: number, fallback: T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<T>((done) => (timer = setTimeout(() => done(fallback), ms)));
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** An error's first line without Playwright's prefix for errors of the page: `page.evaluate: LabError: `. */
export const reasonOf = (error: unknown): string =>
  firstLine(error).replace(/^\w+\.\w+: (?:\w*Error: )?/, "");

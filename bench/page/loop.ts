// Times the loop from outside, in a headless Chromium on the built page of a checkout (`npm run build` there first): from
// Start to the first loss, and the seconds of each experiment that are not training. Two checkouts are compared by
// running this on each in turn. Prints JSON lines, in seconds.
//
//   npx tsx bench/page/loop.ts start|gaps|speed [checkout] [rounds]
import { chromium, type Page } from "@playwright/test";
import { resolve } from "node:path";
import type { LabEvent } from "../../src/research/contract/lab-state.ts";
import { chromiumArguments } from "../../scripts/browser.ts";
import type * as Server from "../../scripts/serve.ts";
import { findChromium } from "../../scripts/setup.mjs";
import { median } from "../shared/median.ts";

const BUDGET = 20;
const STUDY = { budgetSeconds: BUDGET, rule: "karpathy", seed: 1 } as const;
/** Milliseconds that a page is left alone before Start, in the second kind of `start`. */
const IDLE = 20_000;

type Timed = LabEvent & { readonly at: number };

const [mode = "gaps", checkout = ".", rounds = "5"] = process.argv.slice(2);
const { serve } = (await import(resolve(checkout, "scripts/serve.ts"))) as typeof Server;
const server = await serve();
try {
  if (mode === "start") for (const idle of [0, IDLE]) await starts(Number(rounds), idle);
  else if (mode === "gaps") await gaps(Number(rounds));
  else if (mode === "speed") await speed(Number(rounds));
  else throw new Error(`start, gaps or speed, not ${mode}`);
} finally {
  await server.close();
}

/** From Start, on a page that was idle for `idle` ms, to the first loss. The address has the study's settings. */
async function starts(times: number, idle: number): Promise<void> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    await withPage(async (page) => {
      await page.waitForTimeout(idle);
      const from = Date.now();
      await page.evaluate((study) => window.overnight.newStudy({ ...study, experiments: 1 }), STUDY);
      const [first] = await heard(page, (event) => event.type === "progress", 1);
      taken.push(((first?.at ?? NaN) - from) / 1000);
      await stages(page, 0);
    }, "/?budget=20&rule=karpathy&seed=1");
  }
  print({ idle: idle / 1000, median: median(taken), all: taken });
}

/** `times` candidates with other numbers, then as many with other structures; the baseline before them. */
async function gaps(times: number): Promise<void> {
  await withPage(async (page) => {
    const from = Date.now();
    await page.evaluate((settings) => window.overnight.newStudy(settings), {
      ...STUDY,
      experiments: 1 + 2 * times,
    });
    // On a software adapter it is smaller than the seed in the repository.
    const baseline = await page.evaluate(() => window.overnight.state().incumbentSource);
    for (const [source, title] of candidates(baseline, times))
      await page.evaluate(([text, said]) => window.overnight.submitProposal(text, said), [
        source,
        title,
      ] as const);
    const ends = await heard(page, (event) => event.type === "experiment", 1 + 2 * times);
    const outside = ends.map((event, i) => {
      const trained = event.type === "experiment" ? event.seconds : NaN;
      return (event.at - (ends[i - 1]?.at ?? from)) / 1000 - trained;
    });
    const [first, numbers, structures] = [outside[0], outside.slice(1, 1 + times), outside.slice(1 + times)];
    for (const { number } of ends.filter((event) => event.type === "experiment")) await stages(page, number);
    print({ baseline: first, numbers: median(numbers), structures: median(structures), all: outside });
  });
}

/** Prints the seconds that each stage of an experiment took. */
async function stages(page: Page, number: number): Promise<void> {
  const log = await page.evaluate(() => Reflect.get(window, "timed") as Timed[]);
  const begun = log.flatMap((event, i) =>
    event.type === "stage" || event.type === "experiment" ? [{ ...event, next: log.slice(i + 1) }] : [],
  );
  const taken = begun.flatMap((event) => {
    const after = event.next.find((later) => later.type === "stage" || later.type === "experiment");
    return event.type === "stage" && event.number === number && after !== undefined
      ? [`${event.stage} ${event.detail} ${((after.at - event.at) / 1000).toFixed(1)}`]
      : [];
  });
  console.log(`${number}: ${taken.join("; ")}`);
}

/** Tokens a second of the seed in a run of `BUDGET` seconds. */
async function speed(times: number): Promise<void> {
  await withPage(async (page) => {
    await page.evaluate((settings) => window.overnight.newStudy(settings), { ...STUDY, experiments: times });
    const ends = await heard(page, (event) => event.type === "experiment", times);
    const found = ends.map((event) => (event.type === "experiment" ? event.tokensPerSecond : NaN));
    print({ tokensPerSecond: median(found), all: found });
  });
}

/** Candidates in the order of `gaps`: [source, hypothesis]. */
function candidates(baseline: string, times: number): (readonly [string, string])[] {
  const one = (i: number, find: RegExp, put: (found: string) => string) => {
    const source = baseline.replace(find, put);
    if (source === baseline) throw new Error(`the baseline has no ${find.source}`);
    return [source, `candidate ${i}`] as const;
  };
  return Array.from({ length: 2 * times }, (_, i) =>
    i < times
      ? one(i, /(const \w*(?:LR|RATE)\w* = )[\d.e-]+/, (found) =>
          found.replace(/[\d.e-]+$/, `${0.001 * (i + 2)}`),
        )
      : one(i, /const HEAD_DIM = \d+;/, () => `const HEAD_DIM = ${[24, 40, 16, 48, 20][(i - times) % 5]};`),
  );
}

async function withPage(work: (page: Page) => Promise<void>, search = ""): Promise<void> {
  const browser = await chromium.launch({
    executablePath: findChromium() ?? undefined,
    args: chromiumArguments("software"),
  });
  try {
    const page = await browser.newPage();
    await page.goto(server.address + search);
    await page.waitForFunction(() => window.overnight?.state().phase === "idle", null, { timeout: 120_000 });
    await page.evaluate(() => {
      const log: unknown[] = [];
      Reflect.set(window, "timed", log);
      window.overnight.onEvent((event) => void log.push({ ...event, at: Date.now() }));
    });
    await work(page);
  } finally {
    await browser.close();
  }
}

/** Waits for `count` events of a kind. */
async function heard(page: Page, wanted: (event: LabEvent) => boolean, count: number): Promise<Timed[]> {
  for (;;) {
    const log = await page.evaluate(() => Reflect.get(window, "timed") as Timed[]);
    const found = log.filter(wanted);
    if (found.length >= count) return found.slice(0, count);
    await page.waitForTimeout(500);
  }
}

function print(figures: object): void {
  const round = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toFixed(2)) : value);
  console.log(JSON.stringify({ mode, checkout, ...figures }, round));
}

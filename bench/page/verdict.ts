// What watching costs the page: its layout shift, and the tasks of its main thread, while a run trains and while verdicts
// arrive; with 43 and with 2,000 experiments. Tasks are measured twice: by the clock, as the browser reports long ones, and
// in time of the thread, which other programs on the machine do not lengthen. Prints a JSON line per state and part of it,
// times in milliseconds; `in` says where the time of the longest task went.
//
//   npx tsx bench/page/verdict.ts
import type { Page } from "@playwright/test";
import { openFixtures } from "../../tests/testing/fixture-page.ts";

const VERDICTS = 8;
const BETWEEN = 1500;
/** A task of more than this keeps input waiting. */
const LONG = 50;

/** Adds up what the browser reports from now on. */
const OBSERVE = `
  window.seen = { shift: 0, tasks: [] };
  window.observers ??= [];
  for (const observer of observers.splice(0)) observer.disconnect();
  for (const [type, add] of [
    ["layout-shift", ({ value }) => { seen.shift += value; }],
    ["longtask", ({ duration }) => { seen.tasks.push(Math.round(duration)); }],
  ]) {
    const observer = new PerformanceObserver((list) => list.getEntries().forEach(add));
    observer.observe({ type });
    observers.push(observer);
  }
`;

const fixtures = await openFixtures();
for (const state of ["night", "2000"]) {
  const page = await fixtures.open(state, { width: 1280, height: 800 });
  await page.waitForTimeout(3000);
  await report(page, state, "training", () => page.waitForTimeout(VERDICTS * BETWEEN));
  await report(page, state, "verdicts", async () => {
    for (let i = 0; i < VERDICTS; i++) {
      await page.evaluate("overnight.judge()");
      await page.waitForTimeout(BETWEEN);
    }
  });
  await page.close();
}
await fixtures.close();

async function report(page: Page, state: string, part: string, act: () => Promise<void>): Promise<void> {
  const browser = page.context().browser();
  if (browser === null) throw new Error("the page has no browser");
  await page.evaluate(OBSERVE);
  await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline"] });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: Traced[] };
  const { shift, tasks } = (await page.evaluate("seen")) as { shift: number; tasks: readonly number[] };
  const own = ownTasks(traceEvents);
  const longest = own[0];
  console.log(
    JSON.stringify({
      state,
      part,
      shift: Number(shift.toFixed(4)),
      byClock: { over50: tasks.length, longest: Math.max(0, ...tasks) },
      byThread: {
        over50: own.filter(({ ms }) => ms > LONG).length,
        longest: longest?.ms ?? 0,
        in: longest === undefined ? {} : partsOf(longest.event, traceEvents),
      },
    }),
  );
}

interface Traced {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number; // µs
  readonly dur?: number;
  /** Of the thread's own time. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

const threadMs = ({ tdur, dur }: Traced): number => Math.round((tdur ?? dur ?? 0) / 100) / 10;

/** The tasks of the page's main thread, the longest first. */
function ownTasks(events: readonly Traced[]): { readonly ms: number; readonly event: Traced }[] {
  const mains = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  return events
    .filter(({ name, ph, pid, tid }) => /RunTask$/.test(name) && ph === "X" && mains.has(`${pid} ${tid}`))
    .map((event) => ({ ms: threadMs(event), event }))
    .sort((a, b) => b.ms - a.ms);
}

/** Thread time of the largest kinds of events inside a task; an event inside another of them counts in both. */
function partsOf(task: Traced, events: readonly Traced[]): Record<string, number> {
  const end = task.ts + (task.dur ?? 0);
  const sums = new Map<string, number>();
  for (const event of events) {
    const inside = event.pid === task.pid && event.tid === task.tid && event.ts >= task.ts && event.ts < end;
    if (inside && event.ph === "X" && event !== task)
      sums.set(event.name, Math.round(10 * ((sums.get(event.name) ?? 0) + threadMs(event))) / 10);
  }
  return Object.fromEntries([...sums].sort(([, a], [, b]) => b - a).slice(0, 6));
}

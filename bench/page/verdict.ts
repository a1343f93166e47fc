// What a verdict costs the page: the layout shift and the longest task of the main thread when an experiment is added
// while the next run begins; with 43 and with 2,000 experiments. Prints a JSON line per state, times in milliseconds.
//
//   npx tsx bench/page/verdict.ts
import { openFixtures } from "../../tests/testing/fixture-page.ts";

const VERDICTS = 8;

/** Adds up what the browser reports from now on. */
const OBSERVE = `
  window.seen = { shift: 0, tasks: [] };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.seen.shift += entry.value;
  }).observe({ type: "layout-shift" });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.seen.tasks.push(Math.round(entry.duration));
  }).observe({ type: "longtask" });
`;

const fixtures = await openFixtures();
for (const state of ["night", "2000"]) {
  const page = await fixtures.open(state, { width: 1280, height: 800 });
  await page.waitForTimeout(3000);
  await page.evaluate(OBSERVE);
  for (let i = 0; i < VERDICTS; i++) {
    await page.evaluate("overnight.judge()");
    await page.waitForTimeout(1500);
  }
  const { shift, tasks } = (await page.evaluate("seen")) as { shift: number; tasks: readonly number[] };
  console.log(
    JSON.stringify({
      state,
      verdicts: VERDICTS,
      shift: Number(shift.toFixed(4)),
      tasksOver50: tasks.length,
      longest: Math.max(0, ...tasks),
    }),
  );
  await page.close();
}
await fixtures.close();

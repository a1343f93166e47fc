// Twenty kills; `npm run crash-test` makes two hundred.
import { expect, test } from "vitest";
import { build, prepare } from "../../scripts/setup.mjs";
import { crashTest } from "./crash.ts";

const KILLS = Number(process.env.CRASH_KILLS ?? 20);
const SEED = Number(process.env.CRASH_SEED ?? 1);

// The test finds the processes in /proc.
test.skipIf(process.platform !== "linux")(
  `${KILLS} kills lose nothing that was acknowledged`,
  async () => {
    await prepare();
    await build();
    const report = await crashTest(KILLS, SEED, (line) => {
      console.log(line);
    });
    console.log(JSON.stringify(report));
    expect(report.problems).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(0);
  },
  120_000 + KILLS * 30_000,
);

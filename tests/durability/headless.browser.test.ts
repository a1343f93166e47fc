// Ends a headless lab in every known way during one study: each time the bundle is intact and holds every printed
// experiment, no process is left, and the same command line resumes the study.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scratch, smallText, tinyTrain } from "../e2e/lab.ts";
import { commitsIn, LabProcess, leftOf } from "./headless.ts";

// The tests count processes in /proc.
const linuxTest = test.skipIf(process.platform !== "linux");
const folder = scratch();
const bundle = join(folder, "study.bundle");
const profile = join(folder, "profile");
const EXPERIMENTS = 4;
const acknowledged: string[] = [];
const started: LabProcess[] = [];

const lab = (...more: string[]): LabProcess => {
  const { text, train } = { text: join(folder, "text.txt"), train: join(folder, "train.ts") };
  const fixed = [
    "--adapter",
    "software",
    "--out",
    bundle,
    "--profile",
    profile,
    "--text",
    text,
    "--train",
    train,
  ];
  const settings = ["--budget", "2", "--vocab", "256", "--experiments", String(EXPERIMENTS)];
  const running = new LabProcess([...fixed, ...settings, ...more]);
  started.push(running);
  return running;
};

/** Ends a lab, and checks the conditions that hold after every end. */
async function ends(running: LabProcess, how: () => void): Promise<number | null> {
  const processes = await running.withBrowser(profile);
  how();
  const status = await running.end();
  expect(await leftOf(processes)).toEqual([]);
  acknowledged.push(...running.acknowledged);
  const commits = commitsIn(bundle);
  expect(acknowledged.filter((commit) => !commits.includes(commit))).toEqual([]);
  expect(new Set(acknowledged).size).toBe(acknowledged.length); // none was judged twice
  expect(running.stderr).not.toMatch(/Content Security Policy|page: /);
  return status;
}

beforeAll(() => {
  writeFileSync(join(folder, "text.txt"), smallText());
  writeFileSync(join(folder, "train.ts"), tinyTrain(0.01));
});
afterAll(() => {
  for (const { pid } of started) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }
  rmSync(folder, { recursive: true, maxRetries: 5, retryDelay: 200 });
});

linuxTest("the browser is killed", async () => {
  const running = lab();
  await running.line("experiment");
  const browser = [...running.processes()].find(
    ([, command]) => command.includes(`--user-data-dir=${profile}`) && !command.includes("--type="),
  );
  const status = await ends(running, () => process.kill(browser?.[0] ?? 0, "SIGKILL"));
  expect(status).toBe(1);
  expect(running.lines.at(-1)).toMatchObject({
    type: "error",
    reason: `the browser ended (go on with --profile ${profile})`,
  });
});

linuxTest("npm gets SIGTERM, and two labs cannot have one profile or one bundle", async () => {
  const running = lab();
  expect(await running.line("resumed")).toMatchObject({ experiments: 1 });
  const second = lab();
  expect(await second.end()).toBe(2);
  expect(second.lines).toEqual([
    { type: "error", reason: expect.stringMatching(/^--out: another lab \(process \d+\)/) },
  ]);
  await running.line("experiment");
  // npm dies of it with its shell, and the lab detects that.
  await ends(running, () => process.kill(running.pid, "SIGTERM"));
  expect(running.lines.at(-1)?.reason).toContain("npm was killed after 2 experiments");
});

linuxTest("Ctrl-C, which npm passes on once more", async () => {
  const running = lab();
  await running.line("stage", 3);
  await ends(running, () => process.kill(-running.pid, "SIGINT"));
  expect(running.lines.at(-1)?.reason).toContain("SIGINT after 2 experiments");
});

linuxTest("the script is killed, with no time for a last word", async () => {
  const running = lab();
  await running.line("experiment");
  const script = [...running.processes()].find(([, command]) => command.startsWith("node scripts/lab.mjs"));
  await ends(running, () => process.kill(script?.[0] ?? 0, "SIGKILL"));
  expect(running.lines.at(-1)?.type).not.toBe("error");
});

linuxTest("nobody reads what it prints any more", async () => {
  const running = lab();
  await running.line("resumed");
  expect(
    await ends(running, () => {
      running.stopReading();
    }),
  ).toBe(141);
});

linuxTest("time is up", async () => {
  const running = lab("--timeout", "3");
  expect(await ends(running, () => undefined)).toBe(124);
  expect(running.lines.at(-1)?.reason).toContain("no end after 3 s after");
});

linuxTest("it ends by itself, with every experiment once", async () => {
  const running = lab();
  await running.line("resumed");
  expect(await ends(running, () => undefined)).toBe(0);
  expect(running.lines.at(-1)).toEqual({ type: "end", experiments: EXPERIMENTS });
  const numbers = started.flatMap(({ lines }) =>
    lines.filter(({ type }) => type === "experiment").map((e) => e.number),
  );
  expect(numbers).toEqual(Array.from({ length: EXPERIMENTS }, (_, i) => i));
});

linuxTest("another text is refused where a study goes on", async () => {
  writeFileSync(join(folder, "text.txt"), smallText(260_000, 2));
  const running = lab();
  expect(await running.end()).toBe(1);
  expect(running.lines.at(-1)?.reason).toContain("--text: the study in");
});

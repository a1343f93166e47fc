// A headless study with a command on the PATH as its researcher: the page calls it through the lab's own bridge, under
// its content policy.
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { LabProcess, leftOf } from "../durability/headless.ts";
import { scratch, smallText, tinyTrain } from "../e2e/lab.ts";

const folder = scratch();
const started: LabProcess[] = [];

afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all(started.map((lab) => lab.end()));
  rmSync(folder, { recursive: true, maxRetries: 10, retryDelay: 200 });
});

const ANSWER = `HYPOTHESIS: a rate that is not zero learns
EXPECTED: -0.5
CATEGORY: numeric

<<<<<<< SEARCH
const RATE = 0.00001; // (0.00001..1 log)
=======
const RATE = 0.02; // (0.00001..1 log)
>>>>>>> REPLACE
`;

test("a command on the PATH proposes, and is booked as a subscription", async () => {
  const agent = join(folder, "scripted");
  writeFileSync(agent, `#!/bin/sh\ncat > /dev/null\ncat <<'END'\n${ANSWER}END\n`);
  chmodSync(agent, 0o755);
  writeFileSync(join(folder, "small.txt"), smallText());
  writeFileSync(join(folder, "train.ts"), tinyTrain(1e-5));
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env.PATH ?? ""}`);
  const lab = new LabProcess(
    [
      ["--researcher", "bridge:scripted", "--share", "1", "--experiments", "3", "--adapter", "software"],
      ["--text", join(folder, "small.txt"), "--train", join(folder, "train.ts"), "--vocab", "256"],
      ["--budget", "60", "--budget-tokens", "8192", "--rule", "karpathy"],
    ].flat(),
  );
  started.push(lab);
  const processes = await lab.line("study").then(() => lab.processes());
  // Where the baseline ends before the answer is checked, the built-in researcher fills in and the answer runs next.
  const later = [await lab.line("experiment", 2), await lab.line("experiment", 3)];
  const proposed = {
    researcher: "bridge:scripted",
    status: "keep",
    hypothesis: "a rate that is not zero learns",
  };
  expect(later).toContainEqual(expect.objectContaining(proposed));
  expect(await lab.line("model-call")).toMatchObject({ researcher: "bridge:scripted", dollars: 0 });
  expect(await lab.end()).toBe(0);
  expect(await leftOf(processes)).toEqual([]);
});

test("a missing command is reported before a study begins", async () => {
  const lab = new LabProcess(["--researcher", "bridge:no-such-agent", "--adapter", "software"]);
  started.push(lab);
  expect(await lab.line("error")).toMatchObject({
    reason: "--researcher: no command no-such-agent is on the PATH",
  });
  expect(await lab.end()).toBe(1);
});

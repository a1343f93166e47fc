// The GPU's process dies in the middle of a run: the run is void, and its repetition gets a score on a new device. The
// engine's device dies too, which must not count as a second loss.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openLabPage, type LabPage } from "./lab-page.ts";
import type { Asked, Told } from "./page/lab-worker.ts";

let lab: LabPage<Asked, Told>;
beforeAll(async () => {
  lab = await openLabPage("tests/runner/page/index.html");
}, 120_000);
afterAll(() => lab.close());

it("recovers once from a lost device, with the same source and seed", async () => {
  const asked = { source: readFileSync("tests/fixtures/train/honest.ts", "utf8"), budgetSeconds: 8, seed: 1 };
  const first = await lab.ask({ ...asked, crashAt: "steps" });
  expect(first.error).toBe(undefined);
  expect(first.result).toMatchObject({ status: "aborted", cause: "device", retry: true, lost: true });
  expect(first.result?.status === "aborted" && first.result.reason).toMatch(/GPU was lost|device lost/);
  const second = await lab.ask(asked);
  expect(second.error).toBe(undefined);
  expect(second.result).toMatchObject({ status: "scored" });
}, 240_000);

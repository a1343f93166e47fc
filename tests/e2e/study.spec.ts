// The five stories of a study in its page, on the software adapter with a small text and a short budget.
import { expect, test } from "@playwright/test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  git,
  newStudy,
  openLab,
  openPanel,
  row,
  rows,
  scratch,
  smallText,
  tinyTrain,
  useText,
  verdict,
} from "./lab.ts";

/** Queues a whole train.ts as a person's proposal. */
async function propose(
  page: import("@playwright/test").Page,
  source: string,
  hypothesis: string,
): Promise<void> {
  await page.evaluate(([s, h]) => window.overnight.submitProposal(s, h), [source, hypothesis] as const);
}

test("from Start to a verdict: the baseline trains, is scored, kept, plotted and shown", async ({ page }) => {
  await openLab(page, "?budget=15&experiments=1");
  await page.getByTestId("start").click();
  await expect(page.getByTestId("stage")).not.toBeEmpty();
  await expect(page.getByTestId("live-loss")).toBeVisible();
  expect(await verdict(page, 0)).toBe("keep");
  const score = await page.evaluate(() => window.overnight.state().experiments[0].valBpb ?? Infinity);
  const unigram = await page.evaluate(() => window.overnight.state().corpus?.baselines.unigram ?? 0);
  expect(score).toBeLessThan(unigram);
  await expect(page.getByTestId("chart")).toHaveAttribute("data-points", "1");
  await openPanel(page, "machine");
  await expect(page.getByTestId("device")).toContainText(/SwiftShader/i);
  await row(page, 0).click();
  await page.keyboard.press("Escape");
  await page.getByTestId("tab-sample").click();
  await expect(page.getByTestId("sample").locator("pre")).not.toBeEmpty();
  await expect(page.getByTestId("start")).toBeEnabled({ timeout: 30_000 }); // the study is set to one experiment
});

test("keep and discard: a better train.ts moves the incumbent, a worse one does not", async ({ page }) => {
  await openLab(page, "?vocab=256");
  await useText(page, smallText());
  await newStudy(page, { train: tinyTrain(1e-5), experiments: 3 });
  await propose(page, tinyTrain(0.02), "A rate that is not zero learns");
  await propose(page, tinyTrain(2e-5), "Go back to hardly any rate");
  expect(await verdict(page, 0)).toBe("keep");
  expect(await verdict(page, 1)).toBe("keep");
  expect(await verdict(page, 2)).toBe("discard");
  await page.keyboard.press("Escape"); // closes the panel of the text
  await row(page, 1).click();
  await expect(page).toHaveURL(/#[^/]+\/1$/);
  await expect(page.getByTestId("diff")).toContainText("0.02");
  await expect(page.getByTestId("diff")).toContainText("0.00001");
  const experiments = await page.evaluate(() => window.overnight.state().experiments);
  expect(experiments[2].parentCommit).toBe(experiments[1].commit); // the discard never became the incumbent
  expect(experiments[1].hypothesis).toBe("A rate that is not zero learns");
});

test("a reload in the middle of a run loses nothing, and the interrupted run is repeated", async ({
  page,
}) => {
  await openLab(page, "?vocab=256");
  await useText(page, smallText());
  await newStudy(page, { train: tinyTrain(0.01) });
  expect(await verdict(page, 0)).toBe("keep");
  await expect(page.getByTestId("stage")).toHaveAttribute("data-stage", "training", { timeout: 60_000 });
  const before = await page.evaluate(() => window.overnight.state());
  await page.reload();
  await expect(row(page, 0)).toBeVisible({ timeout: 60_000 });
  const kept = await page.evaluate(() => window.overnight.state().experiments[0]);
  expect(kept.commit).toBe(before.experiments[0].commit);
  const start = page.getByTestId("start");
  if (await start.isVisible()) await start.click();
  await verdict(page, 1);
  const after = await page.evaluate(() => window.overnight.state().experiments);
  expect(after.map((e) => e.number)).toEqual([0, 1]);
  expect(after[1].hypothesis).toBe(before.current?.hypothesis);
});

test("program.md is edited while it runs, survives a reload, and is part of the next commit", async ({
  page,
}) => {
  await openLab(page, "?vocab=256");
  await useText(page, smallText());
  await newStudy(page, { train: tinyTrain(0.01) });
  await openPanel(page, "program");
  const editor = page.getByTestId("program-editor").locator(".cm-content");
  await editor.click();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.type("Only rates below one, please.\n");
  await page.keyboard.press("ControlOrMeta+s");
  await expect
    .poll(() => page.evaluate(() => window.overnight.state().program))
    .toContain("Only rates below one");
  await verdict(page, 1);
  await page.reload();
  await openPanel(page, "program");
  await expect(page.getByTestId("program-editor").locator(".cm-content")).toContainText(
    "Only rates below one",
    { timeout: 60_000 },
  );
  const folder = scratch();
  const download = page.waitForEvent("download");
  await page.getByTestId("export").click();
  await (await download).saveAs(join(folder, "study.bundle"));
  git(folder, "clone", "-q", "study.bundle", "study");
  const tag = (await page.evaluate(() => window.overnight.state().study?.tag)) ?? "";
  expect(git(join(folder, "study"), "show", `origin/notebook/${tag}^2:program.md`)).toContain(
    "Only rates below one",
  );
});

test("the exported bundle is a repository that real git clones, checks and reads", async ({ page }) => {
  await openLab(page, "?vocab=256");
  await useText(page, smallText());
  await newStudy(page, { train: tinyTrain(0.01) });
  await verdict(page, 1);
  await expect(rows(page)).toHaveCount(2);
  const folder = scratch();
  const download = page.waitForEvent("download");
  await page.getByTestId("export").click();
  const file = await download;
  const bundle = join(folder, file.suggestedFilename());
  await file.saveAs(bundle);
  git(folder, "clone", "-q", bundle, "study");
  const study = join(folder, "study");
  expect(git(study, "fsck", "--strict")).toBe("");
  expect(existsSync(join(study, "train.ts")) && existsSync(join(study, "program.md"))).toBe(true);
  const tag = (await page.evaluate(() => window.overnight.state().study?.tag)) ?? "";
  expect(git(study, "branch", "--show-current").trim()).toBe(`autoresearch/${tag}`);
  const experiments = await page.evaluate(() => window.overnight.state().experiments);
  const told = git(study, "log", "--first-parent", "--format=%s", `origin/notebook/${tag}`);
  for (const e of experiments) expect(told).toContain(e.hypothesis.slice(0, 40));
  const message = git(study, "show", "-s", "--format=%B", experiments[1].commit);
  expect(message).toMatch(/^Status: (keep|discard|crash|invalid)$/m);
  expect(message).toContain(`Val-Bpb: `);
  expect(git(study, "show", `origin/notebook/${tag}:results.tsv`).split("\n")[0]).toMatch(
    /^commit\tval_bpb\tmemory_gb\tstatus\tdescription/,
  );
});

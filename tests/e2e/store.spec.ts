// Damages the store of a real Chromium and opens the page on it: the page reports the damage truthfully and loses no
// intact data. A short selection runs with the other stories; `npm run store-test` runs all of it.
import { type BrowserContext, chromium, expect, type Page, test } from "@playwright/test";
import { build } from "esbuild";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { viteImports } from "../../bench/shared/vite-imports.ts";
import { chromiumArguments } from "../../scripts/browser.ts";
import { findChromium } from "../../scripts/setup.mjs";
import { EXPERIMENTS, LATER_VERSION, STORE_CASES } from "../durability/store-cases.ts";
import { git, openPanel, scratch } from "./lab.ts";

const WHOLE = process.env.STORE_TEST === "all";
const PORT = process.env.E2E_PORT ?? "4611";
const ORIGIN = `http://localhost:${PORT}`;
const DATABASE = `Default/IndexedDB/http_localhost_${PORT}.indexeddb.leveldb`;

let profiles = "";
const browsers: BrowserContext[] = [];
test.beforeAll(() => {
  profiles = mkdtempSync(join(tmpdir(), "overnight-store-"));
});
test.afterEach(async () => {
  for (const browser of browsers.splice(0)) await browser.close();
});
test.afterAll(() => {
  rmSync(profiles, { recursive: true, maxRetries: 5, retryDelay: 200 });
});

/** A browser on a profile. Closing it flushes all data to the disk. */
async function browserOn(profile: string, options: object = {}): Promise<BrowserContext> {
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium() ?? undefined,
    args: chromiumArguments("software"),
    viewport: { width: 1280, height: 900 },
    serviceWorkers: "block",
    ...options,
  });
  browsers.push(browser);
  return browser;
}

/** A page of the lab's origin that does not open the lab. */
async function barePage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.route("**/bare", (route) => route.fulfill({ contentType: "text/html", body: "<p>bare</p>" }));
  await page.goto(`${ORIGIN}/bare`);
  return page;
}

const templates = new Map<boolean, string>();

/** A profile with a finished study, made once. */
async function profileWithStudy(copy: boolean): Promise<string> {
  let template = templates.get(copy);
  if (template === undefined) {
    template = join(profiles, copy ? "with-copy" : "without-copy");
    templates.set(copy, template);
    const { outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, "../durability/maker.ts")],
      bundle: true,
      write: false,
      format: "iife",
      target: "es2023",
      define: { "import.meta.url": '""' },
      loader: { ".wgsl": "text" },
      plugins: [viteImports],
    });
    const context = await browserOn(template);
    const page = await barePage(context);
    const made = await page.evaluate(
      ([script, order]) =>
        new Promise((resolve) => {
          const worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
          worker.onmessage = ({ data }) => {
            resolve(data);
          };
          worker.onerror = ({ message }) => {
            resolve(message);
          };
          worker.postMessage(order);
        }),
      [outputFiles[0].text, { experiments: EXPERIMENTS, copy }] as const,
    );
    expect(made).toBe("made");
    await context.close();
    expect(existsSync(join(template, DATABASE))).toBe(true);
  }
  const profile = mkdtempSync(join(profiles, "case-"));
  cpSync(template, profile, { recursive: true });
  return profile;
}

const state = (page: Page) => page.evaluate(() => window.overnight.state());

async function opened(page: Page): Promise<ReturnType<typeof state> extends Promise<infer T> ? T : never> {
  await expect.poll(async () => (await state(page)).phase, { timeout: 90_000 }).not.toBe("opening");
  return state(page);
}

for (const one of STORE_CASES.filter(({ short }) => WHOLE || short === true)) {
  test(`store: ${one.name}`, async () => {
    const profile = await profileWithStudy(one.copy);
    one.files?.(join(profile, DATABASE));
    one.beside?.(join(profile, "Default", "File System"));
    const context = await browserOn(profile);
    if (one.records !== undefined) {
      const bare = await barePage(context);
      await bare.evaluate(one.records);
      await bare.close();
    }
    const page = await context.newPage();
    await page.goto(ORIGIN);
    const found = await opened(page);
    test.info().annotations.push({
      type: "page",
      description: `${found.phase}: ${found.damage?.problems.join("; ") ?? ""}`,
    });
    console.log(`${one.name}: ${found.phase}; ${found.damage?.problems.slice(0, 2).join("; ") ?? ""}`);
    for (const { losses } of found.damage?.studies ?? []) for (const loss of losses) console.log(`  ${loss}`);
    if (one.phase === "either") expect(["idle", "damaged"]).toContain(found.phase);
    else expect(found.phase, found.error ?? "").toBe(one.phase);
    if (found.phase === "damaged") {
      await expect(page.getByTestId("damaged")).toBeVisible();
      if (one.says) await expect(page.getByTestId("damaged")).toContainText(one.says);
      if (one.left === 0) {
        await page.getByTestId("start-anew").click();
        await page.getByTestId("confirm-anew").click();
      } else if (one.closed === true) {
        await expect(page.getByTestId("damaged")).toContainText("cannot be written to");
        await expect(page.getByTestId("continue-with-left")).toHaveCount(0);
        await clearAndRestore(context, page);
      } else {
        await cloneOf(page, one.left === "some" ? 1 : one.left);
        await page.getByTestId("continue-with-left").click();
      }
      await expect.poll(async () => (await state(page)).phase, { timeout: 90_000 }).toBe("idle");
    }
    const { experiments } = await state(page);
    if (one.left === "some") expect(experiments.length).toBeGreaterThan(0);
    else expect(experiments.length).toBe(one.left);
    await page.reload();
    const again = await opened(page);
    expect(again.phase, again.error ?? "").toBe("idle");
    expect(again.experiments.map((e) => e.commit)).toEqual(experiments.map((e) => e.commit));
    if (WHOLE && experiments.length > 0) await cloneOf(page, experiments.length);
    await context.close();
  });
}

/** The steps that the page asks for if the database cannot be opened: export, clear, reload, restore. */
async function clearAndRestore(context: BrowserContext, page: Page): Promise<void> {
  const bundle = await downloaded(page, "export");
  const devtools = await context.newCDPSession(page);
  await devtools.send("Storage.clearDataForOrigin", { origin: ORIGIN, storageTypes: "all" });
  await page.reload();
  expect(await opened(page)).toMatchObject({ phase: "idle", study: null });
  await restore(page, bundle);
}

/** Clicks a button and keeps the downloaded file. */
async function downloaded(page: Page, testId: string): Promise<string> {
  const file = join(scratch(), "study.bundle");
  const download = page.waitForEvent("download");
  await page.getByTestId(testId).click();
  await (await download).saveAs(file);
  return file;
}

async function restore(page: Page, bundle: string): Promise<void> {
  await openPanel(page, "settings");
  const choosing = page.waitForEvent("filechooser");
  await page.getByTestId("copies").getByRole("button", { name: "Restore from a bundle" }).click();
  await (await choosing).setFiles(bundle);
  await page.getByTestId("continue-with-left").click();
}

/** Exports the study and clones it with real git; it must have at least `experiments` experiments. */
async function cloneOf(page: Page, experiments: number): Promise<void> {
  const folder = dirname(await downloaded(page, "export"));
  git(folder, "clone", "-q", "study.bundle", "study");
  expect(git(join(folder, "study"), "fsck", "--strict")).toBe("");
  const entries = git(
    join(folder, "study"),
    "rev-list",
    "--count",
    "--first-parent",
    "origin/notebook/night",
  );
  expect(Number(entries)).toBeGreaterThan(experiments);
}

test("store: a database of a later version is read and exported, and not written to", async () => {
  const context = await browserOn(await profileWithStudy(false));
  const bare = await barePage(context);
  await bare.evaluate(LATER_VERSION);
  await bare.close();
  const page = await context.newPage();
  await page.goto(ORIGIN);
  const found = await opened(page);
  expect(found).toMatchObject({ phase: "damaged", damage: { writable: false } });
  expect(found.experiments.length).toBe(EXPERIMENTS);
  await expect(page.getByTestId("damaged")).toContainText("a later version of Overnight");
  await expect(page.getByTestId("continue-with-left")).toHaveCount(0);
  await cloneOf(page, EXPERIMENTS);
  await context.close();
});

test("store: the page reports at once that its site data was cleared, and exports the study in memory", async () => {
  const context = await browserOn(await profileWithStudy(true));
  const page = await context.newPage();
  await page.goto(ORIGIN);
  await expect.poll(async () => (await state(page)).phase, { timeout: 90_000 }).toBe("idle");
  const devtools = await context.newCDPSession(page);
  await devtools.send("Storage.clearDataForOrigin", { origin: ORIGIN, storageTypes: "all" });
  await expect(page.getByTestId("lost")).toContainText("12 experiments in memory", { timeout: 30_000 });
  expect((await state(page)).storage.state).toBe("lost");
  await expect(page.locator("main")).not.toContainText(/is safe/);
  await cloneOf(page, EXPERIMENTS);
  // The next lab has an empty store, and imports the exported file.
  const bundle = await downloaded(page, "export-memory");
  await page.reload();
  expect(await opened(page)).toMatchObject({ phase: "idle", study: null });
  await restore(page, bundle);
  await expect.poll(async () => (await state(page)).phase, { timeout: 90_000 }).toBe("idle");
  expect((await state(page)).experiments.length).toBe(EXPERIMENTS);
  await context.close();
});

test("store: the page reports full storage, also when idle, and the lab recovers by itself", async () => {
  const context = await browserOn(await profileWithStudy(false));
  const page = await context.newPage();
  await page.goto(ORIGIN);
  await expect.poll(async () => (await state(page)).phase, { timeout: 90_000 }).toBe("idle");
  const devtools = await context.newCDPSession(page);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin: ORIGIN, quotaSize: 1000 });
  await expect(page.getByTestId("full")).toBeVisible({ timeout: 60_000 }); // without any attempt to write
  const save = (text: string) => page.evaluate((program) => window.overnight.saveProgram(program), text);
  await expect(save("# Too much\n")).rejects.toThrow(/full/);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin: ORIGIN });
  await expect(page.getByTestId("full")).toBeHidden({ timeout: 60_000 });
  await save("# Enough room\n");
  expect(await state(page)).toMatchObject({ phase: "idle", program: "# Enough room\n" });
  await context.close();
});

test("tabs: a page in the back/forward cache gives up the lab, and a reader follows its owner", async () => {
  const context = await browserOn(await profileWithStudy(false), {
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
  const owner = await context.newPage();
  await owner.route("**/bare", (route) => route.fulfill({ contentType: "text/html", body: "<p>bare</p>" }));
  await owner.goto(ORIGIN);
  await expect.poll(async () => (await state(owner)).phase, { timeout: 90_000 }).toBe("idle");
  const reader = await context.newPage();
  await reader.goto(ORIGIN);
  await expect.poll(async () => (await state(reader)).phase, { timeout: 90_000 }).toBe("readonly");
  await expect.poll(async () => (await state(reader)).device?.tier).toBe("software"); // the owner's
  await owner.evaluate((text) => window.overnight.saveProgram(text), "# Live\n");
  await expect.poll(async () => (await state(reader)).program).toBe("# Live\n");
  await owner.goto(`${ORIGIN}/bare`);
  await expect.poll(async () => (await state(reader)).phase, { timeout: 90_000 }).toBe("idle");
  await owner.goBack();
  await expect.poll(async () => (await state(owner)).phase, { timeout: 90_000 }).toBe("readonly");
  await context.close();
});

test("copies: a granted folder gets the study, is remembered, and is reported when it cannot be written", async () => {
  const context = await browserOn(await profileWithStudy(false));
  const page = await context.newPage();
  await page.goto(ORIGIN);
  await expect.poll(async () => (await state(page)).phase, { timeout: 90_000 }).toBe("idle");
  // The test cannot operate a file picker; a folder of the browser's own file system needs none.
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    await window.overnight.copyToFolder(await root.getDirectoryHandle("mine", { create: true }));
  });
  const written = async () => (await state(page)).copies.folder?.at ?? 0;
  await expect.poll(written, { timeout: 30_000 }).toBeGreaterThan(0);
  await openPanel(page, "settings");
  await expect(page.getByTestId("copy-folder")).toContainText("mine: written");
  const names = await page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("mine");
    const found: string[] = [];
    for await (const name of folder.keys()) found.push(name);
    return found.sort();
  });
  expect(names).toEqual(["night.bundle", "overnight-journals.json"]);
  await page.reload();
  await expect.poll(written, { timeout: 90_000 }).toBeGreaterThan(0);
  await page.evaluate(async () => {
    await (await navigator.storage.getDirectory()).removeEntry("mine", { recursive: true });
  });
  await page.reload();
  await expect
    .poll(async () => (await state(page)).copies.folder?.error ?? "", { timeout: 90_000 })
    .toContain("could not be written");
  await context.close();
});

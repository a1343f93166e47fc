// An engine elsewhere: the link that `npm run engine` prints, one short experiment over it, and its end.
import { expect, test } from "@playwright/test";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { newStudy, openLab, openPanel, smallText, tinyTrain, useText, verdict } from "./lab.ts";

const TOKEN = "a-token-of-this-test";
const PORT = 10_000 + (process.pid % 20_000);
const ADDRESS = `ws://127.0.0.1:${PORT}`;
const SCRIPT = fileURLToPath(new URL("../../scripts/engine.mjs", import.meta.url));

/** Starts `npm run engine` and resolves with what it prints, once it serves. */
async function startEngine(origin: string): Promise<{ engine: ChildProcess; printed: () => string }> {
  const engine = spawn(process.execPath, [SCRIPT, "--port", String(PORT), "--origin", origin], {
    env: { ...process.env, ENGINE_TOKEN: TOKEN, OVERNIGHT_GPU: "software" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [engine.stdout, engine.stderr])
    stream.on("data", (part: Buffer) => (text += part.toString()));
  await expect
    .poll(() => (engine.exitCode === null ? text : `ended: ${text}`), { timeout: 120_000 })
    .toContain("Ctrl-C");
  return { engine, printed: () => text };
}

test("the link of an engine makes it compute, and its end is one line", async ({ page, baseURL }) => {
  const { engine, printed } = await startEngine(baseURL ?? "");
  try {
    const link = /#engine=\S+/.exec(printed())?.[0] ?? "";
    expect(link).toBe(`#engine=ws://${TOKEN}@127.0.0.1:${PORT}`);
    await openLab(page, link);
    expect(page.url()).not.toContain(TOKEN);
    await openPanel(page, "machine");
    await expect(page.getByTestId("engine")).toHaveText(ADDRESS);
    await expect(page.getByTestId("device")).toContainText("GFLOP/s");
    expect(printed()).toContain("a page computes on it");
    await useText(page, smallText());
    await newStudy(page, { train: tinyTrain(0.01), experiments: 1 });
    expect(await verdict(page, 1)).toBe("keep");
    const { state, stored } = await page.evaluate(() => ({
      state: JSON.stringify(window.overnight.state()),
      stored: localStorage.getItem("overnight:engine"),
    }));
    expect(state).not.toContain(TOKEN);
    expect(stored).toContain(TOKEN);
    const ended = once(engine, "exit");
    engine.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    await page.reload();
    await expect(page.getByTestId("failed")).toContainText(
      `the engine at ${ADDRESS} does not answer (start it there with npm run engine)`,
      { timeout: 60_000 },
    );
    await openPanel(page, "machine");
    await page.getByTestId("engine-here").click();
    await expect(page.getByTestId("start")).toBeEnabled({ timeout: 60_000 });
    await openPanel(page, "machine");
    await expect(page.getByTestId("engine")).toHaveText("this browser");
  } finally {
    engine.kill("SIGKILL");
  }
});

// An engine elsewhere: the link that `npm run engine` prints, one short experiment over it, and its end.
import { expect, test } from "@playwright/test";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { newStudy, openLab, openPanel, smallText, tinyTrain, useText, verdict } from "./lab.ts";

const TOKEN = "a-token-of-this-test";
const PORT = 10_000 + (process.pid % 20_000);
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

/** A tunnel to the engine, as ssh makes one, that can break. */
async function openTunnel() {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(PORT, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on("error", () => undefined); // its close event follows
      socket.on("close", () => {
        open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, cut, close: () => void server.close() };
}

test("the link of an engine makes it compute, and its end is one line", async ({ page, baseURL }) => {
  const { engine, printed } = await startEngine(baseURL ?? "");
  const tunnel = await openTunnel();
  const address = `ws://127.0.0.1:${tunnel.port}`;
  try {
    const link = /#engine=\S+/.exec(printed())?.[0] ?? "";
    expect(link).toBe(`#engine=ws://${TOKEN}@127.0.0.1:${PORT}`);
    await openLab(page, link.replace(String(PORT), String(tunnel.port)));
    expect(page.url()).not.toContain(TOKEN);
    await openPanel(page, "machine");
    await expect(page.getByTestId("engine")).toHaveText(address);
    await expect(page.getByTestId("device")).toContainText("GFLOP/s");
    expect(printed()).toContain("a page computes on it");
    await useText(page, smallText());
    await newStudy(page, { train: tinyTrain(0.01), experiments: 1, budgetTokens: 131_072 });
    await expect(page.getByTestId("stage")).toHaveAttribute("data-stage", "training", { timeout: 120_000 });
    tunnel.cut();
    expect(await verdict(page, 0)).toBe("keep");
    const notices = await page.evaluate(() => window.overnight.state().notices.map(({ text }) => text));
    const broke = `the connection to the engine at ${address} broke`;
    expect(notices).toContain(`The run of #0 was interrupted and is repeated: ${broke}`);
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
      `the engine at ${address} does not answer (start it there with npm run engine)`,
      { timeout: 60_000 },
    );
    await openPanel(page, "machine");
    await page.getByTestId("engine-here").click();
    await expect(page.getByTestId("start")).toBeEnabled({ timeout: 60_000 });
    await openPanel(page, "machine");
    await expect(page.getByTestId("engine")).toHaveText("this browser");
  } finally {
    tunnel.close();
    tunnel.cut();
    engine.kill("SIGKILL");
  }
});

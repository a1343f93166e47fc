// Without a network: the built page in a subfolder of a plain server, which is stopped after the first visit.
import { expect, test } from "@playwright/test";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { rows, smallText, tinyTrain, useText, verdict, newStudy } from "./lab.ts";

test.use({ serviceWorkers: "allow" });

const FOLDER = "/some/folder/";
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
};

let server: Server;
let address = "";

/** As any static host: files and their types, no header of ours. */
test.beforeEach(async () => {
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = pathname.startsWith(FOLDER)
      ? normalize(pathname.slice(FOLDER.length) || "index.html")
      : "..";
    readFile(path.startsWith("..") ? "/nowhere" : join("dist", path)).then(
      (bytes) => response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "" }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://localhost:${(server.address() as AddressInfo).port}${FOLDER}`;
});
test.afterEach(() => stop());

/** The host is gone: nothing listens on its port. */
async function stop(): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

test("load, cut the network, start, verdicts, reload, resume", async ({ page }) => {
  await page.goto(`${address}?vocab=256`);
  await expect(page.getByTestId("start")).toBeEnabled({ timeout: 60_000 });
  await useText(page, smallText());
  // The first visit has ended when everything is kept and the page is the worker's.
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, { timeout: 60_000 });

  await stop();
  await newStudy(page, { train: tinyTrain(1e-2), experiments: 3 });
  expect(await verdict(page, 0)).toBe("keep");
  await verdict(page, 1);
  await verdict(page, 2);

  await page.reload();
  await expect(page.getByTestId("start")).toBeEnabled({ timeout: 60_000 });
  await expect(rows(page)).toHaveCount(3);
  await page.evaluate(() => window.overnight.start({ experiments: 4 }));
  await verdict(page, 3);
  const complaints = await page.evaluate(() =>
    window.overnight.state().notices.filter(({ level }) => level === "error"),
  );
  expect(complaints).toEqual([]);
});

test("a network cut in the middle of a run ends nothing", async ({ page }) => {
  await page.goto(`${address}?vocab=256`);
  await expect(page.getByTestId("start")).toBeEnabled({ timeout: 60_000 });
  await useText(page, smallText());
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, { timeout: 60_000 });
  await newStudy(page, { train: tinyTrain(1e-2), budgetTokens: 524_288 });
  await page.locator("[data-testid=stage][data-stage=training]").waitFor({ timeout: 60_000 });
  await stop();
  expect(await verdict(page, 0)).toBe("keep");
  await verdict(page, 1);
});

// Texts from a person's files and from the network.
import { expect, test } from "@playwright/test";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { openLab, openPanel, smallText } from "./lab.ts";

test("several files dropped at once are one text, in their order, and all are named", async ({ page }) => {
  await openLab(page, "?vocab=256");
  const part = smallText(100_000);
  await page.evaluate((text) => {
    const data = new DataTransfer();
    for (const name of ["one.txt", "two.md", "three.jsonl"]) {
      const lines = name.endsWith(".jsonl") ? `${JSON.stringify({ text })}\n{"text": null}\n` : text;
      data.items.add(new File([`\ufeff${lines}`], name));
    }
    document.body.dispatchEvent(
      new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }),
    );
  }, part);
  const corpus = page.getByTestId("corpus");
  await expect(corpus).toContainText("one.txt, two.md and three.jsonl", { timeout: 60_000 });
  await expect(page.getByTestId("corpus-files")).toContainText(
    "3 files, joined in this order: one.txt, two.md, three.jsonl.",
  );
  await expect(page.getByTestId("corpus-skipped")).toContainText("1 line without a text was left out.");
  const bytes = await page.evaluate(() => window.overnight.state().corpus?.bytes);
  const total = (bytes?.train ?? 0) + (bytes?.validation ?? 0) + (bytes?.test ?? 0);
  const closed = part.endsWith("\n") ? part.length : part.length + 1;
  expect(total).toBe(3 * (closed + 2));

  await page.evaluate(() => {
    const data = new DataTransfer();
    for (const name of ["one.txt", "scan.pdf"]) data.items.add(new File(["x"], name));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
  });
  await expect(corpus).toContainText("scan.pdf cannot be read as a text");
});

/** A host of another origin, as hosts of texts are: CORS, `Range`, and a way to break off. */
async function textHost(files: Readonly<Record<string, Buffer>>) {
  const asked: string[] = [];
  let pace = Infinity; // bytes before it waits
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    asked.push(`${request.method ?? ""} ${path} ${request.headers.range ?? ""}`.trim());
    const file = files[path];
    if (path !== "/private.txt") response.setHeader("Access-Control-Allow-Origin", "*");
    if (path === "/page") {
      response.writeHead(200, { "Content-Type": "text/html" }).end("<p>hello</p>");
    } else if (file === undefined) response.writeHead(404).end();
    else {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
      response.writeHead(206, {
        "Content-Type": "application/octet-stream",
        "Content-Length": file.length - from,
        "Content-Range": `bytes ${from}-${file.length - 1}/${file.length}`,
        ETag: '"1"',
      });
      if (file.length - from <= pace) response.end(file.subarray(from));
      else response.write(file.subarray(from, from + pace));
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    asked,
    setPace: (bytes: number) => void (pace = bytes),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("a text is fetched by its address, cancelled, continued, kept and removed", async ({ page }) => {
  const text = smallText(2_000_000);
  const host = await textHost({
    "/stories.txt.gz": gzipSync(text),
    "/long.txt": Buffer.from(text.repeat(6)),
    "/private.txt": Buffer.from(text),
  });
  try {
    await openLab(page, "?vocab=256");
    await openPanel(page, "text");
    const field = page.getByLabel("Address of a file");
    const fetchText = async (path: string) => {
      await field.fill(host.address + path);
      await field.press("Enter");
    };
    const failure = page.getByTestId("fetch-failure");
    await fetchText("/missing.txt");
    await expect(failure).toContainText("127.0.0.1 has no such file, got status 404");
    await fetchText("/page");
    await expect(failure).toContainText("sends a web page, not a text");
    await fetchText("/private.txt");
    await expect(failure).toContainText("lets no other page read its files");

    await fetchText("/stories.txt.gz");
    const corpus = page.getByTestId("corpus");
    await expect(corpus).toContainText("stories.txt.gz", { timeout: 90_000 });
    await expect(page.getByTestId("corpus-origin")).toContainText(
      `Licence: not stated by its host, from ${host.address}/stories.txt.gz`,
    );
    await expect(failure).toHaveCount(0);
    // `Range` needs no preflight.
    expect(host.asked.filter((line) => line.startsWith("OPTIONS"))).toEqual([]);

    host.setPace(9_500_000);
    await fetchText("/long.txt");
    await expect(corpus).toContainText(/Downloading the text, \d+ % of 12\.\d MB/);
    await page.getByRole("button", { name: "Cancel" }).click();
    const begun = page.getByTestId("downloads").getByRole("listitem").filter({ hasText: "long.txt" });
    await expect(begun).toContainText(/ of 12\.\d MB/);
    host.setPace(Infinity);
    await begun.getByRole("button", { name: "Continue long.txt" }).click();
    await expect(page.locator(".corpus-name")).toContainText("long.txt", { timeout: 120_000 });
    await expect(page.getByTestId("trivial-text")).toContainText("stands word for word in its training part");
    expect(host.asked.at(-1)).toMatch(/^GET \/long\.txt bytes=[1-9]\d+-$/);
    await expect(begun).toContainText("12.0 MB in this browser");

    await begun.getByRole("button", { name: "Remove long.txt from this browser" }).click();
    await expect(begun).toHaveCount(0);
    await expect(page.locator(".corpus-name")).toContainText("long.txt"); // the open text stays
  } finally {
    host.close();
  }
});

test("the page itself reaches no other host; only the worker that fetches texts does", async ({ page }) => {
  const host = await textHost({ "/a.txt": Buffer.from(smallText(1000)) });
  try {
    await openLab(page, "?vocab=256");
    const reached = await page.evaluate(
      (url) =>
        fetch(url).then(
          () => true,
          () => false,
        ),
      `${host.address}/a.txt`,
    );
    expect(reached).toBe(false);
    expect(host.asked).toEqual([]);
  } finally {
    host.close();
  }
});

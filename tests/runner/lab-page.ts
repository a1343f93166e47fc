// A page with only a runner, in a real Chromium on the software adapter. Questions go through a mailbox that the page
// fetches, because Playwright confuses the death of the sandbox's process with that of the page and then loses its
// connection.
import { chromium } from "@playwright/test";
import { createServer, type Plugin } from "vite";
import { chromiumArguments } from "../../scripts/browser.ts";
import { findChromium } from "../../scripts/setup.mjs";
import { trainerPlugin } from "../../scripts/vite-trainer.ts";

export interface LabPage<Asked, Told> {
  ask(asked: Asked): Promise<Told>;
  /** Requests to other origins than the page's own. */
  readonly outside: readonly string[];
  close(): Promise<void>;
}

/** Serves the repository and opens `path`, without waiting for more. RUNNER_LOG=1 prints the page's console. */
export async function openLabPage<Asked, Told>(path: string): Promise<LabPage<Asked, Told>> {
  let post: (asked: Asked) => void = () => undefined;
  let answered: (told: Told) => void = () => undefined;
  const mailbox: Plugin = {
    name: "mailbox",
    configureServer({ middlewares }) {
      let questions = new Promise<Asked>((resolve) => (post = resolve));
      // GET waits for the next question, POST delivers its answer.
      middlewares.use("/mailbox", (request, response) => {
        if (request.method === "GET") {
          void questions.then((asked) => {
            questions = new Promise((resolve) => (post = resolve));
            response.end(JSON.stringify(asked));
          });
          return;
        }
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
          response.end();
          answered(JSON.parse(Buffer.concat(chunks).toString()) as Told);
        });
      });
    },
  };
  const browser = await chromium.launch({
    executablePath: findChromium() ?? undefined,
    args: chromiumArguments("software"),
  });
  const devtools = await browser.newBrowserCDPSession();
  const crash: Plugin = {
    name: "crash",
    configureServer({ middlewares }) {
      middlewares.use("/crash-gpu", (_request, response) => {
        // The process dies before it can answer.
        void devtools.send("Browser.crashGpuProcess").catch(() => undefined);
        response.end();
      });
    },
  };
  const server = await createServer({
    configFile: false,
    root: process.cwd(),
    logLevel: "warn",
    plugins: [trainerPlugin(), mailbox, crash],
    server: { port: 0, host: "127.0.0.1", hmr: false, watch: null },
    optimizeDeps: { include: ["sucrase", "@lezer/javascript", "papaparse", "hyparquet"] },
  });
  await server.listen();
  const page = await browser.newPage();
  if (process.env.RUNNER_LOG) page.on("console", (message) => console.log(message.text()));
  const url = new URL(path, server.resolvedUrls?.local[0]);
  const outside: string[] = [];
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (!["data:", "blob:"].includes(protocol) && host !== url.host) outside.push(request.url());
  });
  await page.goto(url.href);
  return {
    outside,
    ask: (asked) =>
      new Promise<Told>((resolve) => {
        answered = resolve;
        post(asked);
      }),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

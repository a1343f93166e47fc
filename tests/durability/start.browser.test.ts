// `npm start` as a separate process: it prints one address or one error line, and leaves no process or socket behind.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { afterAll, expect, test } from "vitest";
import { root } from "../../scripts/setup.mjs";
import { leftOf, processesBelow } from "./headless.ts";

// The tests count processes in /proc.
const linuxTest = test.skipIf(process.platform !== "linux");
const groups: number[] = [];
afterAll(() => {
  for (const pid of groups) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }
});

function start(port: number) {
  const npm = spawn("npm", ["start", "--silent", "--", "--port", String(port)], {
    cwd: root,
    detached: true,
  });
  if (npm.pid === undefined) throw new Error("npm did not start");
  groups.push(npm.pid);
  const output = { text: "" };
  for (const stream of [npm.stdout, npm.stderr])
    stream.on("data", (chunk: Buffer) => (output.text += chunk.toString()));
  const ended = once(npm, "close").then(([code]) => code as number | null);
  return { npm, pid: npm.pid, output, ended };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

linuxTest.each(["SIGTERM", "SIGINT", "SIGKILL"] as const)(
  "it ends with %s, and a second one is refused",
  async (signal) => {
    const port = await freePort();
    const first = start(port);
    while (!first.output.text.includes(`Overnight is at http://localhost:${port}\n`))
      await once(first.npm.stdout, "data");
    const page = await fetch(`http://127.0.0.1:${port}/`); // redirected to localhost
    expect([page.url, page.status]).toEqual([`http://localhost:${port}/`, 200]);

    const second = start(port);
    expect(await second.ended).toBe(1);
    expect(second.output.text).toMatch(/^overnight: port \d+ is busy: .*--port.*\n$/);

    const processes = processesBelow(first.pid);
    // A terminal signals the process group, a supervisor only npm.
    process.kill(signal === "SIGINT" ? -first.pid : first.pid, signal);
    await first.ended;
    expect(await leftOf(processes)).toEqual([]);
  },
);

linuxTest("it ends with SIGTERM while it is still setting up", async () => {
  const { npm, pid, ended } = start(await freePort());
  await once(npm.stdout, "data"); // the corpus is checked first
  const processes = processesBelow(pid);
  process.kill(pid, "SIGTERM");
  await ended;
  expect(await leftOf(processes)).toEqual([]);
});

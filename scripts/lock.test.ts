import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { lock } from "./lock.mjs";

const folder = mkdtempSync(join(tmpdir(), "overnight-lock-"));
const script = new URL("./lock.mjs", import.meta.url).href;
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Another process that takes the lock, reports it, and stays alive. */
async function holder(path: string) {
  const code = `import { lock } from ${JSON.stringify(script)};
    await lock(${JSON.stringify(path)}, String); console.log("held"); setInterval(() => 0, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code]);
  await once(child.stdout, "data");
  return child;
}

it("is held by one process, and free when that is killed", async () => {
  const path = join(folder, "a #b%20 ü");
  const child = await holder(path);
  await expect(lock(path, (pid) => `held by ${pid}`)).rejects.toThrow(`held by ${child.pid}`);
  (await lock(join(folder, "other"), String))();
  child.kill("SIGKILL");
  await once(child, "exit");
  (await lock(path, String))();
});

it("is waited for", async () => {
  const path = join(folder, "waited");
  const release = await lock(path, String);
  const second = lock(path, String, 10_000);
  release();
  (await second)();
});

it("goes to one of several processes that find a stale lock", async () => {
  const path = join(folder, "contested");
  const dead = await holder(path);
  dead.kill("SIGKILL");
  await once(dead, "exit");
  const takers = Array.from({ length: 6 }, () => {
    const code = `import { lock } from ${JSON.stringify(script)};
      try { await lock(${JSON.stringify(path)}, String); console.log("held"); } catch { console.log("busy"); }
      setTimeout(() => 0, 60_000);`;
    return spawn(process.execPath, ["--input-type=module", "-e", code]);
  });
  const said = await Promise.all(
    takers.map(async ({ stdout }) => String((await once(stdout, "data"))[0]).trim()),
  );
  for (const taker of takers) taker.kill("SIGKILL");
  expect(said.sort()).toEqual(["busy", "busy", "busy", "busy", "busy", "held"]);
});

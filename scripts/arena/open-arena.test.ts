import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { generatedTable } from "../../src/arenas/tables/generate.ts";
import { OWN_FILES } from "../../src/arenas/testing/own-arena.ts";
import { testRealms } from "../../src/arenas/testing/realms.ts";
import { openArena } from "./open-arena.ts";
import * as lab from "./study-node.ts";

const folder = mkdtempSync(join(tmpdir(), "open-arena-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const open = (name: string, file: string | null = null, options: Record<string, string> = {}) =>
  openArena(lab, testRealms, { name, file, options });

describe("an arena on the command line", () => {
  it("is one of the lab's, or built from a file", async () => {
    writeFileSync(at("customers.csv"), generatedTable(1));
    expect((await open("bin-packing")).manifest.id).toBe("bin-packing");
    const table = await open("tables", at("customers.csv"), { target: "left", split: "time:joined" });
    expect(table.manifest.title).toBe("customers.csv: left");
  });

  it("is a folder of one's own", async () => {
    const own = at("own");
    mkdirSync(own, { recursive: true });
    await expect(open(own)).rejects.toThrow(
      `${own} has no arena.json, which the folder of an arena must have`,
    );
    writeFileSync(join(own, "arena.json"), OWN_FILES["arena.json"]);
    await expect(open(own)).rejects.toThrow("the folder has no evaluate.ts, got arena.json");
    for (const name of ["evaluate.ts", "solution.ts"]) writeFileSync(join(own, name), OWN_FILES[name]);
    const arena = await open(own);
    expect(arena.manifest.title).toBe("Square roots");
    await expect(open(own, null, { target: "y" })).rejects.toThrow(
      "--target: the arena of a folder has no such",
    );
    truncateSync(join(own, "solution.ts"), 10_000_000);
    await expect(open(own)).rejects.toThrow("solution.ts: got 10000000 bytes, expected at most 1048576");
  });

  it.each([
    ["no such arena", "chess", null, {}, "there is no such arena, got chess, expected bin-packing, "],
    [
      "a file for an arena without one",
      "bin-packing",
      "customers.csv",
      {},
      "--file: bin-packing is built from no file",
    ],
    [
      "an option without a file",
      "tables",
      null,
      { target: "left" },
      "--target: got no --file that it could belong to",
    ],
    ["a file that is not there", "tables", "none.csv", { target: "y" }, "--file: ENOENT"],
    [
      "a file of gigabytes",
      "tables",
      "huge.csv",
      { target: "y" },
      "--file: huge.csv, got 3072 MB, expected at most 64 MB",
    ],
    ["no target", "tables", "customers.csv", {}, "--target, got nothing, expected the name of a column"],
  ])("ends %s in one line", async (_name, arena, file, options, line) => {
    writeFileSync(at("huge.csv"), "");
    truncateSync(at("huge.csv"), 3 * 2 ** 30);
    const message = await open(arena, file === null ? null : at(file), options).then(
      () => "",
      (error: unknown) => (error as Error).message,
    );
    expect(message).toContain(line);
    expect(message).not.toContain("\n");
  });
});

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { BundleFile } from "./bundle-file.ts";

const root = mkdtempSync(join(tmpdir(), "overnight-bundle-"));
let folder: string;
let path: string;
let known: Set<string>;
const written = {
  has: (tip: string) => known.has(tip),
  add: (tip: string) => Promise.resolve(void known.add(tip)),
};

beforeEach(() => {
  folder = mkdtempSync(join(root, "x"));
  path = join(folder, "study.bundle");
  known = new Set();
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

const bundle = (tip: string, pack = "PACK") =>
  Buffer.from(
    `# v2 git bundle\n${"0".repeat(40)} HEAD\n${tip.repeat(40)} refs/heads/notebook/nov29\n\n${pack} refs/heads/notebook/no`,
  );

async function write(bytes: Uint8Array): Promise<string | null> {
  const file = await BundleFile.open(path);
  try {
    return await file.write(bytes, written);
  } finally {
    file.close();
  }
}

describe("the bundle's file", () => {
  it("is replaced whole, and leaves no temporary file", async () => {
    expect(await write(bundle("a", "one"))).toBeNull();
    expect(await write(bundle("b", "two"))).toBeNull();
    expect(readFileSync(path)).toEqual(bundle("b", "two"));
    expect(readdirSync(folder)).toEqual(["study.bundle"]);
  });

  it("takes over from a lab that was killed while it wrote", async () => {
    writeFileSync(join(folder, ".study.bundle.part"), "half");
    await write(bundle("a"));
    expect(readdirSync(folder)).toEqual(["study.bundle"]);
  });

  it("never overwrites another study or a newer state of the same study", async () => {
    writeFileSync(path, bundle("c"));
    expect(await write(bundle("a"))).toBe(`${path}.1`);
    expect(readFileSync(`${path}.1`)).toEqual(bundle("c"));
    writeFileSync(path, bundle("d"));
    expect(await write(bundle("b"))).toBe(`${path}.2`);
    expect(readFileSync(path)).toEqual(bundle("b"));
    expect(await write(bundle("b"))).toBeNull(); // the same state again
  });

  it("keeps the old one when the new one cannot be written", async () => {
    await write(bundle("a"));
    const file = await BundleFile.open(path);
    mkdirSync(join(folder, ".study.bundle.part")); // blocks the temporary file
    await expect(file.write(bundle("b"), written)).rejects.toThrow(`${path} cannot be written (EISDIR)`);
    file.close();
    expect(readFileSync(path)).toEqual(bundle("a"));
  });

  it("leaves a foreign one in its place when the new one cannot be written", async () => {
    writeFileSync(path, bundle("c"));
    mkdirSync(join(folder, ".study.bundle.part"));
    await expect(write(bundle("a"))).rejects.toThrow(/cannot be written/);
    expect(readFileSync(path)).toEqual(bundle("c"));
  });

  it("survives the loss of its folder with one line", async () => {
    const file = await BundleFile.open(path);
    rmSync(folder, { recursive: true });
    await expect(file.write(bundle("a"), written)).rejects.toThrow(`${path} cannot be written (ENOENT)`);
    file.close();
    expect(existsSync(folder)).toBe(false);
  });

  it("has one writer", async () => {
    const file = await BundleFile.open(path);
    await expect(BundleFile.open(path)).rejects.toThrow(
      `--out: another lab (process ${process.pid}) writes ${path}`,
    );
    file.close();
    (await BundleFile.open(path)).close();
  });
});

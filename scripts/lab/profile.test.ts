import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { Profile } from "./profile.ts";

const root = mkdtempSync(join(tmpdir(), "overnight-profile-"));
let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(root, "x")), "deep", "profile");
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

describe("a profile", () => {
  it("is created where there is none, and keeps its data", async () => {
    const profile = await Profile.open(folder);
    await profile.update({ text: "abc" });
    await profile.written.add("t1");
    profile.close(false);
    const again = await Profile.open(folder);
    expect(again.began).toMatchObject({ text: "abc", train: null, program: null });
    expect([again.written.has("t1"), again.written.has("t2")]).toEqual([true, false]);
    again.close(false);
  });

  it("can be opened by one lab at a time", async () => {
    const profile = await Profile.open(folder);
    symlinkSync(folder, `${folder}-link`);
    for (const path of [folder, `${folder}-link`]) {
      await expect(Profile.open(path)).rejects.toThrow(
        `--profile: another lab (process ${process.pid}) uses ${folder}`,
      );
    }
    profile.close(false);
    (await Profile.open(folder)).close(false);
  });

  it("without a given path is removed with its lab, unless a study would be lost", async () => {
    const profile = await Profile.open(null);
    profile.close(true);
    expect(existsSync(profile.folder)).toBe(true);
    const again = await Profile.open(profile.folder); // the temporary profile, by its path
    again.close(false);
    expect(existsSync(profile.folder)).toBe(true);
    rmSync(profile.folder, { recursive: true });
    const other = await Profile.open(null);
    other.close(false);
    expect(existsSync(other.folder)).toBe(false);
  });

  it.each([
    ["something else", "notes.txt", "mine", /is not empty and no lab's profile$/],
    ["damaged", "overnight-profile.json", "{", /overnight-profile\.json is damaged/],
    [
      "of another version",
      "overnight-profile.json",
      '{"format":2}',
      /another version \(format 2, expected 1\)$/,
    ],
    ["no object", "overnight-profile.json", "null", /is damaged/],
  ])("that is %s is refused, and left as it is", async (_, name, text, line) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
    await expect(Profile.open(folder)).rejects.toThrow(line);
    await expect(Profile.open(folder)).rejects.toThrow(line); // the lock was released
  });

  it("in a folder that cannot hold one is refused in one line", async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "file"), "");
    await expect(Profile.open(join(folder, "file"))).rejects.toThrow(
      /file cannot be made a folder \(EEXIST\)$/,
    );
  });

  it("of a newer Chromium is not opened with an older one, which would begin new databases", async () => {
    const profile = await Profile.open(folder);
    const chromium = join(folder, "chromium-browser");
    writeFileSync(chromium, "#!/bin/sh\necho Chromium 156.0.1.2 built on Debian\n", { mode: 0o755 });
    await profile.makeReady(chromium); // a new profile
    mkdirSync(profile.browser);
    const used = (version: string) => {
      writeFileSync(join(profile.browser, "Last Version"), version);
    };
    used("156.0.9.9");
    await profile.makeReady(chromium);
    used("157.0.0.0");
    await expect(profile.makeReady(chromium)).rejects.toThrow(
      /was used by Chromium 157.0.0.0, this one is 156.0.1.2/,
    );
    profile.close(false);
  });

  it("waits for a browser that is still closing, and not for one that has closed", async () => {
    const profile = await Profile.open(folder);
    mkdirSync(profile.browser);
    const lock = join(profile.browser, "SingletonLock");
    symlinkSync(`${hostname()}-${process.pid}`, lock);
    let ready = false;
    const waiting = profile.makeReady("chromium").then(() => (ready = true));
    await new Promise((done) => setTimeout(done, 300));
    expect(ready).toBe(false);
    rmSync(lock);
    await waiting;
    symlinkSync(`${hostname()}-4194304`, lock); // above the highest process number
    await profile.makeReady("chromium");
    profile.close(false);
  });
});

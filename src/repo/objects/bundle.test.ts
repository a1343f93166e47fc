import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { memoryStore, openRepository, type NewExperiment, type Repository } from "../index.ts";
import { installLocks } from "../testing/power-cut.ts";

// Long timeouts for a machine with one slow core; nothing here asserts a time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const DATE = new Date("2026-11-20T03:00:00Z");
const folder = mkdtempSync(join(tmpdir(), "overnight-bundle-"));
const clone = join(folder, "clone");
const bundlePath = join(folder, "study.bundle");
let repository: Repository;
let bundle: Uint8Array;
let incumbent: string;
let made: { oid: string; keep: boolean }[];

/** Runs this machine's git; throws its message when it fails. */
function git(args: string[], cwd = clone): string {
  return execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

const lines = (n: number): string =>
  Array.from({ length: 300 }, (_, i) => `const x${i} = ${i === n ? -1 : i};`).join("\n");

const experiment = (n: number, parent: string, keep: boolean): NewExperiment => ({
  tag: "nov20",
  parent,
  keep,
  subject: `Change line ${n}`,
  body: "It may help.",
  trailers: [
    ["Val-Bpb", `1.${n}`],
    ["Status", keep ? "keep" : "discard"],
  ],
  files: { "train.ts": lines(n), "program.md": "Learn.\n" },
  notebookFiles: {
    "results.tsv": Array.from({ length: n + 1 }, (_, i) => `row\t${i}\n`).join(""),
    [`experiments/${Math.floor(n / 10)}/${n}.json`]: JSON.stringify({ n }),
  },
  date: new Date(DATE.getTime() + n * 300_000),
});

beforeAll(async () => {
  installLocks();
  repository = await openRepository({ store: memoryStore(), packAt: 100 });
  ({ incumbent } = await repository.createStudy({
    tag: "nov20",
    files: { "train.ts": lines(-1), "program.md": "Learn.\n" },
    notebookFiles: { "results.tsv": "", "learnings.md": "" },
    subject: "Begin",
    date: DATE,
  }));
  made = [];
  for (let n = 0; n < 60; n++) {
    const keep = n % 7 === 0;
    const { experiment: oid } = await repository.commitExperiment(experiment(n, incumbent, keep));
    made.push({ oid, keep });
    if (keep) incumbent = oid;
  }
  bundle = await repository.exportBundle("nov20");
  writeFileSync(bundlePath, bundle);
  git(["clone", "-q", bundlePath, clone], folder);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("an exported bundle and the real git", () => {
  test("clone checks out the incumbent on the study's branch", () => {
    expect(git(["rev-parse", "HEAD"])).toBe(incumbent);
    expect(git(["branch", "--show-current"])).toBe("autoresearch/nov20");
    expect(git(["status", "--porcelain"])).toBe("");
    expect(readFileSync(join(clone, "train.ts"), "utf8")).toBe(lines(56));
  });

  test("fsck --strict is silent, the bundle verifies", () => {
    expect(git(["fsck", "--strict", "--full", "--no-dangling"])).toBe("");
    expect(git(["bundle", "verify", "-q", bundlePath])).toBe("");
  });

  test("the notebook's first parents tell the study, every experiment is reachable", () => {
    const log = git(["log", "--first-parent", "--format=%s", "origin/notebook/nov20"]).split("\n");
    expect(log.slice(0, 2)).toEqual(["discard: Change line 59", "discard: Change line 58"]);
    expect(log.slice(-2)).toEqual(["Open the notebook of nov20", "Begin"]);
    const all = git(["rev-list", "origin/notebook/nov20"]).split("\n");
    for (const { oid } of made) expect(all).toContain(oid);
    expect(git(["rev-list", "--count", "autoresearch/nov20"])).toBe(
      String(1 + made.filter(({ keep }) => keep).length),
    );
  });

  test("trailers are trailers to git", () => {
    expect(git(["log", "-1", "--format=%(trailers:key=Val-Bpb,valueonly)", made[58]?.oid ?? ""])).toBe(
      "1.58",
    );
  });

  test("deltas pay: not larger than git's own pack by more than a tenth", () => {
    git(["repack", "-adfq", "--depth=50", "--window=10"]);
    const theirs = Number(/size-pack: (\d+)/.exec(git(["count-objects", "-v"]))?.[1]) * 1024;
    expect(bundle.length).toBeLessThan(theirs * 1.1);
  });
});

describe("importing a bundle", () => {
  const fresh = (): Promise<Repository> => openRepository({ store: memoryStore() });

  test("brings every object and branch, and only under the namespace", async () => {
    const other = await fresh();
    const branches = await other.importBundle(bundle, "labs/alice");
    expect(branches.map(({ branch }) => branch)).toEqual([
      "labs/alice/autoresearch/nov20",
      "labs/alice/notebook/nov20",
    ]);
    expect(await other.listStudies()).toEqual([]);
    const log = await other.log("labs/alice/autoresearch/nov20");
    expect(log[0]?.oid).toBe(incumbent);
    expect((await other.verify({ deep: true })).problems).toEqual([]);
    expect((await other.statistics()).packedObjects).toBe(
      Number(git(["count-objects", "-v"]).match(/in-pack: (\d+)/)?.[1]),
    );
    await expect(other.importBundle(bundle, "labs/alice")).resolves.toEqual(branches);
  });

  test("imports a bundle of git bundle create, with its own deltas and prerequisites", async () => {
    const whole = join(folder, "whole.bundle");
    const part = join(folder, "part.bundle");
    git(["branch", "-f", "half", made[28]?.oid ?? ""]);
    git(["repack", "-adfq", "--depth=50"]);
    git(["bundle", "create", "-q", whole, "half"]);
    git(["bundle", "create", "-q", part, "half..autoresearch/nov20"]);
    const other = await fresh();
    await expect(other.importBundle(readFileSync(part), "labs/bob")).rejects.toThrow(
      /a commit that is not here/,
    );
    await other.importBundle(readFileSync(whole), "labs/bob");
    await other.importBundle(readFileSync(part), "labs/bob");
    expect((await other.log("labs/bob/autoresearch/nov20"))[0]?.oid).toBe(incumbent);
    expect((await other.verify({ deep: true })).problems).toEqual([]);
  });

  test("a branch never moves back", async () => {
    const other = await fresh();
    await other.importBundle(bundle, "labs/a");
    const old = join(folder, "old.bundle");
    git(["branch", "-f", "tmp", `${incumbent}~2`]);
    git(["bundle", "create", "-q", old, "tmp"]);
    const rewritten = Buffer.from(
      readFileSync(old).toString("latin1").replace("refs/heads/tmp", "refs/heads/autoresearch/nov20"),
      "latin1",
    );
    await expect(other.importBundle(rewritten, "labs/a")).rejects.toThrow(/would lose commits/);
  });

  const header = (text: string): Uint8Array => {
    const packAt = Buffer.from(bundle).indexOf("\n\nPACK") + 2;
    return Buffer.concat([Buffer.from(text), bundle.subarray(packAt)]);
  };
  const hostile: [string, () => Uint8Array, RegExp][] = [
    ["cut off in the pack", () => bundle.slice(0, -1000), /checksum is wrong/],
    ["cut off in the header", () => bundle.slice(0, 60), /header does not end/],
    ["empty", () => new Uint8Array(), /not a git bundle/],
    [
      "one bit changed",
      () => bundle.slice().fill(bundle[bundle.length - 500]! ^ 1, bundle.length - 500, bundle.length - 499),
      /checksum is wrong/,
    ],
    ["not a bundle", () => Buffer.from("PK\u0003\u0004\n\n"), /not a git bundle/],
    ["version 4", () => header(`# v4 git bundle\n${"0".repeat(40)} refs/heads/a\n\n`), /version 2 or 3/],
    [
      "a path as a ref",
      () => header(`# v2 git bundle\n${"0".repeat(40)} refs/heads/../../x\n\n`),
      /ref cannot be taken/,
    ],
    ["only a tag", () => header(`# v2 git bundle\n${"0".repeat(40)} refs/tags/v1\n\n`), /no branch/],
    [
      "a ref called HEAD",
      () => header(`# v2 git bundle\n${"0".repeat(40)} refs/heads/HEAD\n\n`),
      /ref cannot be taken/,
    ],
    ["a missing tip", () => header(`# v2 git bundle\n${"1".repeat(40)} refs/heads/a\n\n`), /it is missing/],
    ["no branch", () => header(`# v2 git bundle\n\n`), /no branch/],
    [
      "a branch twice",
      () => header(`# v2 git bundle\n${incumbent} refs/heads/a\n${incumbent} refs/heads/a\n\n`),
      /ref cannot be taken/,
    ],
    [
      "a branch within a branch",
      () => header(`# v2 git bundle\n${incumbent} refs/heads/a\n${incumbent} refs/heads/a/b\n\n`),
      /cannot be created/,
    ],
    [
      "an unknown prerequisite",
      () => header(`# v2 git bundle\n-${"1".repeat(40)} x\n${incumbent} refs/heads/a\n\n`),
      /not here/,
    ],
  ];
  test.each(hostile)("%s: one clear error, nothing changed", async (_, make, message) => {
    const store = memoryStore();
    const other = await openRepository({ store });
    const before = await store.version();
    const attempt = other.importBundle(make(), "labs/x");
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({ code: "git" });
    expect(await store.version()).toBe(before);
    expect(await other.statistics()).toMatchObject({ looseObjects: 0, packedObjects: 0 });
  });
});

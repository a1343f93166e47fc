// The limits on an untrusted bundle, each with its own error, and real git reading our own bundles.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { memoryStore, openRepository, type Repository } from "../index.ts";
import { LIMITS, inflatedLimit } from "../objects/limits.ts";
import { fromHex } from "../objects/object.ts";
import { installLocks } from "../testing/power-cut.ts";

// Long timeouts for a machine with one slow core; nothing here asserts a time.
vi.setConfig({ testTimeout: 60_000 });
beforeAll(installLocks);
afterEach(() => void vi.restoreAllMocks());

const fresh = (): Promise<Repository> => openRepository({ store: memoryStore() });

type Kind = "commit" | "tree" | "blob";
const KINDS = { commit: 1, tree: 2, blob: 3 } as const;
const sha1 = (data: Uint8Array) => createHash("sha1").update(data).digest();
const oidOf = (kind: Kind, data: Buffer) =>
  sha1(Buffer.concat([Buffer.from(`${kind} ${data.length}\0`), data])).toString("hex");

/** A pack written by hand, which may hold entries that git would not write. */
class HandMadePack {
  readonly #chunks: Buffer[] = [];
  #at = 12;
  #count = 0;

  add(kind: Kind, data: Buffer): string {
    this.#push(KINDS[kind], data);
    return oidOf(kind, data);
  }
  /** Adds a delta against the object `back` bytes before it. Returns no name: this class does not apply deltas. */
  addDelta(back: number, instructions: Buffer): void {
    const distance = [back & 127];
    for (let rest = back >> 7; rest > 0; rest >>= 7) distance.unshift(128 | (--rest & 127));
    this.#push(6, instructions, Buffer.from(distance));
  }
  get at(): number {
    return this.#at;
  }
  bytes(count = this.#count): Buffer {
    const header = Buffer.alloc(12);
    header.write("PACK");
    header.writeUInt32BE(2, 4);
    header.writeUInt32BE(count, 8);
    const body = Buffer.concat([header, ...this.#chunks]);
    return Buffer.concat([body, sha1(body)]);
  }
  #push(kind: number, data: Buffer, base = Buffer.alloc(0)): void {
    const head = [(kind << 4) | (data.length & 15)];
    for (let rest = data.length >> 4; rest > 0; rest >>= 7) {
      head[head.length - 1] = (head.at(-1) ?? 0) | 128;
      head.push(rest & 127);
    }
    const chunk = Buffer.concat([Buffer.from(head), base, deflateSync(data)]);
    this.#chunks.push(chunk);
    this.#at += chunk.length;
    this.#count++;
  }
}

const size = (value: number): number[] =>
  value < 128 ? [value] : [128 | (value & 127), ...size(Math.floor(value / 128))];
/** Copies the first 64 KiB of a base `times` times. */
const copies = (base: number, times: number) =>
  Buffer.from([...size(base), ...size(times * 65536), ...Array.from({ length: times }, () => 0x80)]);

const commitOf = (tree: string): Buffer =>
  Buffer.from(`tree ${tree}\nauthor a <a@a> 0 +0000\ncommitter a <a@a> 0 +0000\n\nx\n`);
const treeOf = (entries: readonly (readonly [mode: string, name: string, oid: string])[]): Buffer =>
  Buffer.concat(
    entries.map(([mode, name, oid]) => Buffer.concat([Buffer.from(`${mode} ${name}\0`), fromHex(oid)])),
  );
const bundleOf = (tip: string, pack: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`# v2 git bundle\n${tip} refs/heads/autoresearch/a\n\n`), pack]);

/** A bundle of one commit; `build` adds its tree to the pack and returns the tree's name. */
function bundleWithTree(build: (pack: HandMadePack) => string): Buffer {
  const pack = new HandMadePack();
  const tip = pack.add("commit", commitOf(build(pack)));
  return bundleOf(tip, pack.bytes());
}

/** Folders `depth` deep, each in the other, a file in the last. */
const nested = (depth: number, name: string) =>
  bundleWithTree((pack) => {
    const blob = pack.add("blob", Buffer.from("x"));
    let tree = pack.add("tree", treeOf([["100644", "file", blob]]));
    for (let i = 1; i < depth; i++) tree = pack.add("tree", treeOf([["40000", name, tree]]));
    return tree;
  });

/** Deltas in a chain, each a copy of 64 KiB. */
function chain(length: number): Buffer {
  return bundleWithTree((pack) => {
    const zeros = Buffer.alloc(65536);
    let before = pack.at;
    const blob = pack.add("blob", zeros);
    for (let i = 0; i < length; i++) {
      const at = pack.at;
      // Different from its base in the last byte, so that no object occurs twice.
      pack.addDelta(at - before, Buffer.from([...size(65536 + i), ...size(65537 + i), 0x80, ...last(i)]));
      before = at;
    }
    return pack.add("tree", treeOf([["100644", "file", blob]]));
  });
}
const last = (i: number): number[] => {
  const tail = Array.from({ length: i + 1 }, () => 1);
  const pieces: number[] = [];
  for (let at = 0; at < tail.length; at += 127) {
    const piece = tail.slice(at, at + 127);
    pieces.push(piece.length, ...piece);
  }
  return pieces;
};

describe("a bundle from outside", () => {
  const hostile: [string, () => Uint8Array, string][] = [
    [
      "a delta bomb",
      () =>
        bundleWithTree((pack) => {
          const blob = pack.add("blob", Buffer.alloc(65536));
          for (let i = 0; i < 20; i++) pack.addDelta(pack.at - 12, copies(65536, 256 + i));
          return blob;
        }),
      "pack: its objects have too many bytes together",
    ],
    [
      "one delta that makes too much",
      () =>
        bundleWithTree((pack) => {
          const blob = pack.add("blob", Buffer.alloc(65536));
          pack.addDelta(pack.at - 12, copies(65536, 513));
          return blob;
        }),
      `pack: an object has too many bytes, got ${513 * 65536}, expected at most ${LIMITS.objectBytes}`,
    ],
    [
      "an object that says it is too large",
      () => {
        const pack = new HandMadePack();
        pack.add("blob", Buffer.alloc(LIMITS.objectBytes + 1));
        return bundleOf("0".repeat(40), pack.bytes());
      },
      "pack: an object has too many bytes",
    ],
    [
      "a chain of deltas that is too long",
      () => chain(LIMITS.deltaDepth + 1),
      `pack: a chain of deltas is too long, got ${LIMITS.deltaDepth + 1}, expected at most ${LIMITS.deltaDepth}`,
    ],
    [
      "too many objects",
      () => bundleOf("0".repeat(40), new HandMadePack().bytes(LIMITS.objects + 1)),
      `pack: too many objects, got ${LIMITS.objects + 1}, expected at most ${LIMITS.objects}`,
    ],
    [
      "too many refs",
      () => {
        const ref = (i: number) => `${"1".repeat(40)} refs/heads/b${i}\n`;
        const refs = Array.from({ length: 100_000 }, (_, i) => ref(i)).join("");
        return Buffer.from(`# v2 git bundle\n${refs}\n`);
      },
      `bundle: too many refs, got over ${LIMITS.refs}, expected at most ${LIMITS.refs}`,
    ],
    [
      "a header that is too long",
      () => Buffer.from(`# v2 git bundle\n${"1".repeat(40)} ${"x".repeat(LIMITS.headerBytes)}\n\n`),
      "bundle: its header has too many bytes",
    ],
    [
      "trees that are too deep",
      () => nested(8000, "d"),
      `tree: too many folders deep, got ${LIMITS.treeDepth + 1}, expected at most ${LIMITS.treeDepth}`,
    ],
    ["a path that is too long", () => nested(20, "d".repeat(100)), "tree: a path is too long"],
  ];
  test.each(hostile)("%s is refused with its reason and changes nothing", async (_, make, message) => {
    const store = memoryStore();
    const other = await openRepository({ store });
    const before = await store.version();
    const attempt = other.importBundle(make(), "labs/x");
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({ code: "git" });
    expect(await store.version()).toBe(before);
  });

  test("is refused before a bomb goes off: no more is inflated than its deltas themselves", async () => {
    const pack = new HandMadePack();
    pack.add("blob", Buffer.alloc(65536));
    for (let i = 0; i < 300; i++) pack.addDelta(pack.at - 12, copies(65536, 256));
    const bytes = pack.bytes();
    expect(300 * 256 * 65536).toBeGreaterThan(inflatedLimit(bytes.length));
    const made = vi.spyOn(Uint8Array.prototype, "set");
    await expect((await fresh()).importBundle(bundleOf("0".repeat(40), bytes), "labs/x")).rejects.toThrow(
      "pack: its objects have too many bytes together",
    );
    const written = made.mock.calls.reduce((sum, [from]) => sum + from.length, 0);
    expect(written).toBeLessThan(2 ** 20);
  });

  test("is refused when reading it takes too long", async () => {
    const bytes = nested(3, "d");
    const start = performance.now();
    let asked = 0;
    vi.spyOn(performance, "now").mockImplementation(() => start + asked++ * 2000 * LIMITS.seconds);
    await expect((await fresh()).importBundle(bytes, "labs/x")).rejects.toThrow(
      /it takes too long to read, got \d+ s, expected at most 60$/,
    );
  });

  test("is read up to the limits", async () => {
    for (const bytes of [nested(LIMITS.treeDepth - 1, "d"), chain(LIMITS.deltaDepth)]) {
      const other = await fresh();
      await other.importBundle(bytes, "labs/x");
      expect((await other.verify({ deep: true })).problems).toEqual([]);
    }
  });
});

describe("real git on our bundle", () => {
  const folder = mkdtempSync(join(tmpdir(), "overnight-clone-"));
  const clone = join(folder, "clone");
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], {
      cwd: clone,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  const bundle = (name: string, refs: readonly string[], version = "2"): Buffer => {
    git("bundle", "create", "-q", `--version=${version}`, join(folder, name), ...refs);
    return readFileSync(join(folder, name));
  };
  const line = "autoresearch/nov20";
  const book = "notebook/nov20";
  let tips: { branch: string; oid: string }[];

  beforeAll(async () => {
    const repository = await fresh();
    const { incumbent } = await repository.createStudy({
      tag: "nov20",
      subject: "Begin",
      date: new Date(1_800_000_000_000),
      files: { "train.ts": "let x = 0;\n" },
      notebookFiles: { "results.tsv": "" },
    });
    await repository.commitExperiment({
      tag: "nov20",
      parent: incumbent,
      keep: true,
      subject: "Try 1",
      date: new Date(1_800_000_060_000),
      trailers: [["Status", "keep"]],
      files: { "train.ts": "let x = 1;\n" },
      notebookFiles: { "results.tsv": "1\n" },
    });
    writeFileSync(join(folder, "ours.bundle"), await repository.exportBundle("nov20"));
    execFileSync("git", ["clone", "-q", join(folder, "ours.bundle"), clone]);
    tips = [
      { branch: `x/${line}`, oid: git("rev-parse", line) },
      { branch: `x/${book}`, oid: git("rev-parse", `origin/${book}`) },
    ];
  });
  const read = async (bytes: Uint8Array) => {
    const other = await fresh();
    const found = await other.importBundle(bytes, "x");
    expect((await other.verify({ deep: true })).problems).toEqual([]);
    return [...found].sort((a, b) => (a.branch < b.branch ? -1 : 1));
  };

  test("a clone bundled whole, with its branches under refs/remotes", async () => {
    expect(await read(bundle("all.bundle", ["--all"]))).toEqual(tips);
  });
  test("version 3", async () => {
    expect(await read(bundle("v3.bundle", ["--all"], "3"))).toEqual(tips);
  });
  test("tags, notes and other branches beside the study are left out", async () => {
    git("branch", "-f", book, `origin/${book}`);
    git("tag", "-f", "best");
    git("tag", "-fam", "best", "best2");
    git("notes", "add", "-fm", "good", "HEAD");
    git("checkout", "-qB", "extras", line);
    symlinkSync("train.ts", join(clone, "link.ts"));
    git("add", "link.ts");
    git("commit", "-qm", "link");
    const refs = ["HEAD", "extras", line, book, "best", "best2", "refs/notes/commits"];
    const bytes = bundle("more.bundle", refs);
    git("checkout", "-q", line);
    expect(await read(bytes)).toEqual(tips);
  });
  test("a HEAD that is on no branch", async () => {
    git("checkout", "-q", "--detach", `origin/${book}~1`);
    const bytes = bundle("detached.bundle", ["HEAD", line, book]);
    git("checkout", "-q", line);
    expect(await read(bytes)).toEqual(tips);
  });
  test("a local branch stands before the origin's of that name", async () => {
    git("branch", "-f", book, `origin/${book}~1`);
    const found = await read(bundle("both.bundle", ["--all"]));
    expect(found[1]).toEqual({ branch: `x/${book}`, oid: git("rev-parse", `origin/${book}~1`) });
    rmSync(folder, { recursive: true });
  });
  test("a partial bundle and another object format are refused by name", async () => {
    for (const [capability, why] of [
      ["@filter=blob:none", "it is partial"],
      ["@object-format=sha256", "it needs an unsupported capability"],
    ] as const) {
      const bytes = Buffer.from(`# v3 git bundle\n${capability}\n${"1".repeat(40)} refs/heads/a\n\nPACK`);
      await expect((await fresh()).importBundle(bytes, "x")).rejects.toThrow(why);
    }
  });
});

// The store fails, the tab dies, or another tab writes: the repository then holds every acknowledged write and nothing
// else.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { IDBFactory } from "fake-indexeddb";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { LabError } from "../../error.ts";
import { GIT_DIRECTORY } from "../storage/git.ts";
import {
  indexedDbStore,
  memoryStore,
  openRepository,
  type NewExperiment,
  type NewStudy,
  type Repository,
  type Store,
} from "../index.ts";
import type { StoreBatch } from "../storage/store.ts";
import { installLocks } from "../testing/power-cut.ts";
import { Volume } from "../storage/volume.ts";

// Long timeouts for a machine with one slow core; nothing here asserts a time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

beforeAll(installLocks);

const at = (minute: number): Date => new Date(1_800_000_000_000 + minute * 60_000);

const study = (tag: string): NewStudy => ({
  tag,
  files: { "train.ts": "let x = 0;\n" },
  notebookFiles: { "results.tsv": "" },
  subject: "Begin",
  date: at(0),
});

const experiment = (tag: string, parent: string, n: number, keep: boolean): NewExperiment => ({
  tag,
  parent,
  keep,
  subject: `Experiment ${n}`,
  trailers: [["Status", keep ? "keep" : "discard"]],
  files: { "train.ts": `let x = ${n};\n` },
  notebookFiles: { "results.tsv": `${n}\n`.repeat(n), [`experiments/${n}.json`]: String(n) },
  journal: n,
  date: at(n),
});

/** A store whose next commit can be made to fail, before or (as when the tab dies) after it reached the disk. */
function fragile(inner: Store): Store & { fail: "never" | "before" | "after" } {
  return {
    fail: "never",
    get: (key) => inner.get(key),
    version: () => inner.version(),
    close: () => Promise.resolve(),
    async commit(batch: StoreBatch) {
      if (this.fail === "before") throw new LabError("storage", "disk full");
      await inner.commit(batch);
      if (this.fail === "after") throw new LabError("storage", "the tab died");
    },
  };
}

async function problems(repository: Repository): Promise<readonly string[]> {
  return (await repository.verify({ deep: true })).problems;
}

describe("a store that fails", () => {
  test("a failed transaction is an error, changes nothing, and nothing is written after it", async () => {
    const inner = memoryStore();
    const store = fragile(inner);
    const repository = await openRepository({ store });
    const { incumbent } = await repository.createStudy(study("a"));
    const one = await repository.commitExperiment(experiment("a", incumbent, 1, true));
    store.fail = "before";
    await expect(repository.commitExperiment(experiment("a", one.experiment, 2, true))).rejects.toMatchObject(
      {
        code: "storage",
      },
    );
    store.fail = "never";
    await expect(repository.writeJournal("later")).rejects.toMatchObject({ code: "storage" });
    await expect(repository.createStudy(study("b"))).rejects.toThrow(/disk full/);
    // Confirmed experiments can still be read and exported.
    const expected = [{ tag: "a", incumbent: one.experiment, notebook: one.notebook }];
    expect(await repository.listStudies()).toEqual(expected);
    expect((await repository.exportBundle("a")).length).toBeGreaterThan(500);
    const again = await openRepository({ store: inner });
    expect(await again.listStudies()).toEqual(expected);
    expect(await problems(again)).toEqual([]);
  });

  test("nothing is written after a failed read", async () => {
    const store = memoryStore();
    const repository = await openRepository({ store });
    const { incumbent } = await repository.createStudy(study("a"));
    const broken = { ...store, get: () => Promise.reject(new LabError("storage", "I/O error")) };
    const opened = openRepository({ store: broken });
    await expect(opened).rejects.toMatchObject({ code: "storage" });
    const get = store.get.bind(store);
    store.get = (key) => (key === "!root" ? get(key) : Promise.reject(new LabError("storage", "I/O error")));
    const later = await openRepository({ store });
    await expect(later.commitExperiment(experiment("a", incumbent, 1, true))).rejects.toThrow(/I\/O error/);
    store.get = get;
    await expect(later.commitExperiment(experiment("a", incumbent, 1, true))).rejects.toThrow(/I\/O error/);
  });

  test("a database that does not open is never a new repository", async () => {
    globalThis.indexedDB = new IDBFactory();
    const open = indexedDB.open.bind(indexedDB);
    indexedDB.open = () => {
      throw new DOMException("no", "UnknownError");
    };
    await expect(indexedDbStore("lab")).rejects.toMatchObject({ code: "storage" });
    // A newer version on disk makes open fail through the event.
    await new Promise((resolve) => (open("lab", 9).onsuccess = resolve));
    indexedDB.open = open;
    await expect(indexedDbStore("lab")).rejects.toMatchObject({ code: "storage" });
  });

  test("a store with records but without a directory tree does not open", async () => {
    const store = memoryStore();
    await store.commit({ version: 0, puts: new Map([[1, new Uint8Array(4)]]), deletes: new Set() });
    await expect(openRepository({ store })).rejects.toThrow(/directory tree is missing/);
  });

  test("a bad experiment is refused whole, and the next one is committed", async () => {
    const repository = await openRepository({ store: memoryStore() });
    const { incumbent, notebook } = await repository.createStudy(study("a"));
    const good = experiment("a", incumbent, 1, true);
    const bad: [NewExperiment, RegExp][] = [
      [{ ...good, parent: notebook }, /incumbent changed since/],
      [{ ...good, tag: "b" }, /no such study/],
      [{ ...good, files: {} }, /empty/],
      [{ ...good, files: { "../x": "" } }, /path cannot be used/],
      [{ ...good, notebookFiles: { "results.tsv/x": "" } }, /both a file and a folder/],
      [{ ...good, trailers: [["not a key", ""]] }, /not a trailer/],
      [{ ...good, date: new Date(NaN) }, /date/],
    ];
    for (const [each, message] of bad)
      await expect(repository.commitExperiment(each)).rejects.toThrow(message);
    expect(await repository.listStudies()).toEqual([{ tag: "a", incumbent, notebook }]);
    await repository.commitExperiment(good);
    await expect(repository.createStudy(study("a"))).rejects.toThrow(/moved since it was read/);
    expect(await problems(repository)).toEqual([]);
  });

  test("damage is found before the first write", async () => {
    const store = memoryStore();
    const repository = await openRepository({ store });
    const { incumbent, notebook } = await repository.createStudy(study("a"));
    // The notebook's commit loses its content in the store, outside of the repository.
    const volume = await Volume.open(store);
    const path = `${GIT_DIRECTORY}/objects/${notebook.slice(0, 2)}/${notebook.slice(2)}`;
    await volume.fs.promises.unlink(path);
    await volume.commit();
    const again = await openRepository({ store });
    await expect(again.commitExperiment(experiment("a", incumbent, 1, true))).rejects.toThrow(/damaged/);
    expect((await again.verify()).problems).toEqual([expect.stringContaining("it is missing")]);
    expect(await again.readFile(incumbent, "train.ts")).toBe("let x = 0;\n");
  });
});

describe("two tabs", () => {
  test("the second writer is refused by the store itself", async () => {
    globalThis.indexedDB = new IDBFactory();
    const first = await openRepository({ store: await indexedDbStore("lab") });
    const { incumbent } = await first.createStudy(study("a"));
    const second = await openRepository({ store: await indexedDbStore("lab") });
    const made = await first.commitExperiment(experiment("a", incumbent, 1, true));
    await expect(second.commitExperiment(experiment("a", incumbent, 2, true))).rejects.toMatchObject({
      code: "lock",
    });
    await expect(second.writeJournal("x")).rejects.toMatchObject({ code: "lock" });
    expect((await first.listStudies())[0]?.incumbent).toBe(made.experiment);
  });

  test("a reader follows the owner, through repacks, and never writes", async () => {
    globalThis.indexedDB = new IDBFactory();
    const reader = await openRepository({ store: await indexedDbStore("lab"), readOnly: true });
    expect(await reader.listStudies()).toEqual([]);
    const owner = await openRepository({ store: await indexedDbStore("lab"), packAt: 20 });
    let { incumbent } = await owner.createStudy(study("a"));
    for (let n = 1; n < 8; n++) {
      const made = await owner.commitExperiment(experiment("a", incumbent, n, n % 2 === 0));
      if (n % 2 === 0) incumbent = made.experiment;
      expect(await reader.listStudies()).toEqual([{ tag: "a", incumbent, notebook: made.notebook }]);
      expect(await reader.readFile(made.experiment, "train.ts")).toBe(`let x = ${n};\n`);
    }
    expect((await owner.statistics()).packs).toBeGreaterThan(0);
    expect(await problems(reader)).toEqual([]);
    await expect(reader.writeJournal(1)).rejects.toMatchObject({ code: "lock" });
  });
});

/** Actions of a user, and failures; the test applies each to the repository and to a model of it. */
type Step =
  | { readonly do: "experiment"; readonly keep: boolean }
  | { readonly do: "study" | "journal" | "pack" | "reopen" | "fail before" | "fail after" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("experiment" as const), keep: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("study" as const, "journal", "pack", "reopen", "fail before", "fail after"),
    }),
  },
);

const tried = (keep: boolean): Step => ({ do: "experiment", keep });
/** A regression: an object lay in two packs, and its copy from the first pack had a wrong end. */
const TWO_PACKS: readonly Step[] = [
  { do: "study" },
  ...[false, false, false].map(tried),
  { do: "study" },
  ...[false, false].map(tried),
  { do: "pack" },
  { do: "study" },
];

describe("any sequence of operations", () => {
  test("leaves exactly the acknowledged writes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 25 }),
        fc.constantFrom(0, 12),
        async (steps, packAt) => {
          const inner = memoryStore();
          let store = fragile(inner);
          let repository = await openRepository({ store, packAt });
          let studies: { tag: string; incumbent: string; notebook: string; experiments: string[] }[] = [];
          let journal: unknown;
          let n = 0;
          const reopen = async (): Promise<void> => {
            store.fail = "before"; // the old tab is gone, in the middle of any write
            store = fragile(inner);
            repository = await openRepository({ store, packAt });
          };
          const addStudy = async (): Promise<void> => {
            studies = [{ ...(await repository.createStudy(study(`s${++n}`))), experiments: [] }, ...studies];
          };
          const addExperiment = async (keep: boolean): Promise<void> => {
            const [current] = studies;
            if (current === undefined) return;
            n++;
            const made = await repository.commitExperiment(
              experiment(current.tag, current.incumbent, n, keep),
            );
            current.experiments.unshift(made.experiment);
            current.notebook = made.notebook;
            if (keep) current.incumbent = made.experiment;
            journal = n;
          };
          for (const each of steps) {
            if (each.do === "experiment") await addExperiment(each.keep);
            else if (each.do === "study") await addStudy();
            else if (each.do === "pack") await repository.pack();
            else if (each.do === "reopen") await reopen();
            else if (each.do === "journal") {
              await repository.writeJournal({ n });
              journal = { n };
            } else if (each.do === "fail before") {
              store.fail = "before";
              await expect(addStudy()).rejects.toMatchObject({ code: "storage" });
              await reopen();
            } else {
              await repository.statistics(); // after a repack that may be under way
              // The tab dies between the write and its acknowledgement: the journal is stored all the same.
              store.fail = "after";
              await expect(repository.writeJournal("unanswered")).rejects.toMatchObject({ code: "storage" });
              journal = "unanswered";
              await reopen();
            }
          }
          await reopen();
          expect(await problems(repository)).toEqual([]);
          expect(await repository.readJournal()).toEqual(journal);
          const found = await repository.listStudies();
          const order = (a: { tag: string }, b: { tag: string }): number => (a.tag < b.tag ? -1 : 1);
          expect([...found].sort(order)).toEqual(
            studies.map(({ tag, incumbent, notebook }) => ({ tag, incumbent, notebook })).sort(order),
          );
          expect(found[0]?.tag).toBe(studies[0]?.tag);
          for (const { tag, experiments } of studies) {
            const listed: string[] = [];
            for await (const entry of repository.experiments(tag)) listed.push(entry.oid);
            expect(listed).toEqual(experiments);
          }
        },
      ),
      { numRuns: 25, examples: [[[...TWO_PACKS], 12]] },
    );
  }, 60_000);
});

describe("the repository as the real git sees it", () => {
  test("files copied out of lightning-fs are a repository that passes fsck --strict, loose and packed", async () => {
    const store = memoryStore();
    const repository = await openRepository({ store });
    let { incumbent } = await repository.createStudy(study("a"));
    for (let n = 1; n < 9; n++) {
      const made = await repository.commitExperiment(experiment("a", incumbent, n, n % 3 === 0));
      if (n % 3 === 0) incumbent = made.experiment;
      if (n === 5) await repository.pack();
    }
    const folder = mkdtempSync(join(tmpdir(), "overnight-repository-"));
    try {
      const { fs } = await Volume.open(store);
      const copy = async (path: string): Promise<void> => {
        const target = join(folder, path);
        if ((await fs.promises.stat(path)).isDirectory()) {
          mkdirSync(target, { recursive: true });
          for (const name of await fs.promises.readdir(path)) await copy(`${path}/${name}`);
        } else {
          mkdirSync(dirname(target), { recursive: true });
          writeFileSync(target, await fs.promises.readFile(path));
        }
      };
      await copy(GIT_DIRECTORY);
      const git = (...args: string[]): string =>
        execFileSync("git", ["-C", join(folder, GIT_DIRECTORY), ...args], { encoding: "utf8" }).trim();
      expect(git("fsck", "--strict", "--full", "--no-dangling")).toBe("");
      expect(git("symbolic-ref", "HEAD")).toBe("refs/heads/autoresearch/a");
      expect(git("rev-parse", "HEAD")).toBe(incumbent);
      expect(git("rev-list", "--count", "--first-parent", "notebook/a")).toBe("10");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

import { IDBFactory } from "fake-indexeddb";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  indexedDbStore,
  memoryStore,
  openRepository,
  type NewExperiment,
  type NewStudy,
  type Repository,
  type Store,
} from "../index.ts";
import { installLocks } from "../testing/power-cut.ts";

beforeAll(installLocks);

const DATE = new Date("2026-11-20T03:00:00Z");

const study = (tag: string): NewStudy => ({
  tag,
  files: { "train.ts": "const WIDTH = 64;\n", "program.md": "Make it learn.\n" },
  notebookFiles: { "results.tsv": "commit\tval_bpb\n", "learnings.md": "# Learnings\n" },
  subject: "Begin with the seed",
  date: DATE,
});

const experiment = (tag: string, parent: string, n: number, keep: boolean): NewExperiment => ({
  tag,
  parent,
  keep,
  subject: `Try width ${n}`,
  trailers: [
    ["Val-Bpb", (2 - n / 1000).toFixed(4)],
    ["Status", keep ? "keep" : "discard"],
  ],
  files: { "train.ts": `const WIDTH = ${n};\n`, "program.md": "Make it learn.\n" },
  notebookFiles: {
    "results.tsv": `commit\tval_bpb\n${n}\n`,
    [`experiments/00/${n}.json`]: JSON.stringify({ n }),
  },
  journal: { last: n },
  date: new Date(DATE.getTime() + n * 60_000),
});

const stores: [string, () => Promise<{ reopen: () => Promise<Store> }>][] = [
  [
    "memory",
    () =>
      Promise.resolve({ store: memoryStore() }).then(({ store }) => ({
        reopen: () => Promise.resolve(store),
      })),
  ],
  ["IndexedDB", () => Promise.resolve({ reopen: () => indexedDbStore("lab") })],
];

describe.each(stores)("repository over %s", (_, create) => {
  let reopen: () => Promise<Store>;
  let repository: Repository;
  beforeEach(async () => {
    globalThis.indexedDB = new IDBFactory();
    ({ reopen } = await create());
    repository = await openRepository({ store: await reopen() });
  });

  test("a deleted study leaves the list, and is restored unchanged under its own name", async () => {
    const { incumbent } = await repository.createStudy(study("nov20"));
    await repository.commitExperiment(experiment("nov20", incumbent, 1, true));
    await repository.createStudy(study("nov21"));
    const before = (await repository.listStudies()).find(({ tag }) => tag === "nov20");
    await repository.deleteStudy("nov20");
    await repository.pack();
    expect((await repository.listStudies()).map(({ tag }) => tag)).toEqual(["nov21"]);
    expect(await repository.deletedStudies()).toEqual(["nov20"]);
    await expect(repository.deleteStudy("nov20")).rejects.toMatchObject({ code: "git" });
    await repository.close();
    repository = await openRepository({ store: await reopen() });
    expect((await repository.verify({ deep: true })).problems).toEqual([]);
    await repository.restoreStudy("nov20");
    expect(await repository.deletedStudies()).toEqual([]);
    expect((await repository.listStudies()).find(({ tag }) => tag === "nov20")).toEqual(before);
    await expect(repository.restoreStudy("nov20")).rejects.toMatchObject({ code: "git" });
  });

  test("a deleted study is not restored over a newer one of its name", async () => {
    await repository.createStudy(study("nov20"));
    await repository.deleteStudy("nov20");
    const { notebook } = await repository.createStudy({ ...study("nov20"), subject: "Another one" });
    await expect(repository.restoreStudy("nov20")).rejects.toMatchObject({ code: "git" });
    expect((await repository.listStudies()).map((one) => one.notebook)).toEqual([notebook]);
    expect(await repository.deletedStudies()).toEqual(["nov20"]);
  });

  test("a kept experiment moves the study, a discarded one only the notebook", async () => {
    const { incumbent } = await repository.createStudy(study("nov20"));
    const kept = await repository.commitExperiment(experiment("nov20", incumbent, 1, true));
    const dropped = await repository.commitExperiment(experiment("nov20", kept.experiment, 2, false));
    const [found] = await repository.listStudies();
    expect(found).toEqual({ tag: "nov20", incumbent: kept.experiment, notebook: dropped.notebook });
    const log = await repository.log("autoresearch/nov20");
    expect(log.map((entry) => entry.subject)).toEqual(["Try width 1", "Begin with the seed"]);
    expect((await repository.log("notebook/nov20", 2)).map((entry) => entry.subject)).toEqual([
      "discard: Try width 2",
      "keep: Try width 1",
    ]);
    const entries = [];
    for await (const entry of repository.experiments("nov20")) entries.push(entry);
    expect(entries.map(({ oid, kept: isKept, notebook }) => ({ oid, isKept, notebook }))).toEqual([
      { oid: dropped.experiment, isKept: false, notebook: dropped.notebook },
      { oid: kept.experiment, isKept: true, notebook: kept.notebook },
    ]);
    expect(entries[0]?.trailers).toEqual([
      ["Val-Bpb", "1.9980"],
      ["Status", "discard"],
    ]);
    expect(entries[0]?.parents).toEqual([kept.experiment]);
    expect(await repository.readFile(dropped.experiment, "train.ts")).toBe("const WIDTH = 2;\n");
    expect(await repository.listFiles(dropped.notebook)).toEqual([
      "experiments/00/1.json",
      "experiments/00/2.json",
      "learnings.md",
      "results.tsv",
    ]);
  });

  test("notebook files may name the experiment's commit", async () => {
    const { incumbent } = await repository.createStudy(study("nov20"));
    const made = await repository.commitExperiment({
      ...experiment("nov20", incumbent, 1, true),
      notebookFiles: (oid) => ({ "results.tsv": `${oid.slice(0, 7)}\n` }),
    });
    expect(await repository.readFile(made.notebook, "results.tsv")).toBe(`${made.experiment.slice(0, 7)}\n`);
  });

  test("everything is there after reopening", async () => {
    const { incumbent } = await repository.createStudy(study("nov20"));
    const made = await repository.commitExperiment(experiment("nov20", incumbent, 7, true));
    await repository.writeJournal({ stage: "training" }, "run");
    await repository.close();
    const again = await openRepository({ store: await reopen() });
    expect(await again.listStudies()).toEqual([
      { tag: "nov20", incumbent: made.experiment, notebook: made.notebook },
    ]);
    expect(await again.readJournal()).toEqual({ last: 7 });
    expect(await again.readJournal("run")).toEqual({ stage: "training" });
    expect(await again.verify({ deep: true })).toMatchObject({ problems: [], studies: 1 });
  });
});

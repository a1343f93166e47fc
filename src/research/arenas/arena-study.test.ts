// A whole study of an arena in the loop: real repository, verdict, notebook and built-in researcher.
import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { ARENAS } from "../../arenas/index.ts";
import { testRealms } from "../../arenas/testing/realms.ts";
import { notebookBranch, studyBranch } from "../../repo/index.ts";
import { completeSettings } from "../contract/settings.ts";
import type { ExperimentRecord } from "../contract/experiment.ts";
import { openStudy } from "../study/study.ts";
import { openArenaStudy, resumeArenaStudy, runArenaStudy, settingsFor } from "./arena-study.ts";

const [bins] = ARENAS;
/** The same with few items, for a busy machine. */
const small: typeof bins = {
  ...bins,
  instances: (split, seed) =>
    (bins.instances(split, seed) as { capacity: number; items: number[] }[]).slice(0, 6).map((one) => ({
      ...one,
      items: one.items.slice(0, 400),
    })),
};

if (!("navigator" in globalThis)) Object.defineProperty(globalThis, "navigator", { value: {} });

describe("a study of an arena", () => {
  it("keeps better candidates, tests them on the sealed split, and commits every attempt", async () => {
    const records: ExperimentRecord[] = [];
    const { end, repository, study } = await runArenaStudy(
      {
        arena: small,
        openRealm: testRealms,
        tag: "bins",
        researcher: "builtin",
        settings: completeSettings({ experiments: 4, rule: "paired" }),
        instances: 7,
      },
      {
        experiment: (record) => records.push(record),
        notice: (_level, text) => {
          throw new Error(text);
        },
      },
    );
    expect(end).toBe("limit");
    expect(records.map(({ number }) => number)).toEqual([0, 1, 2, 3]);
    expect(records[0]).toMatchObject({ status: "keep", researcher: "lab", parent: null });
    expect(records[0].runs[0].chunks.length).toBe(6);
    const kept = records.filter(({ status }) => status === "keep");
    expect(kept.length).toBeGreaterThan(1);
    for (const { hidden, tokens } of kept) {
      expect(hidden?.testBpb).toBeGreaterThan(0);
      expect(tokens).toBeGreaterThan(0);
    }
    const [tip] = await repository.log(studyBranch("bins"), 1);
    expect(tip.oid).toBe(study.incumbentCommit);
    const trailers = Object.fromEntries(tip.trailers);
    expect(trailers).toMatchObject({ Arena: "bin-packing", Unit: "% over the bound", Instances: "20" });
    expect(trailers).not.toHaveProperty("Val-Bpb");
    expect(await repository.readFile(tip.oid, "solution.ts")).toBe(kept.at(-1)?.source);
    expect(await repository.listFiles(tip.oid)).not.toContain("train.ts");
    expect(await repository.readFile(tip.oid, "README.md")).not.toContain("train.ts");
    const read = await openStudy(repository, "bins");
    expect([read.file, read.seedSource, read.fixed]).toEqual([study.file, study.seedSource, study.fixed]);
  });

  it("refuses what makes a guard worse, names it, and shows every metric", async () => {
    const records: ExperimentRecord[] = [];
    const bins = { name: "bins", unit: "bins", direction: "higher" } as const;
    const { repository } = await runArenaStudy(
      {
        // Nothing can have fewer bins without breaking it.
        arena: { ...small, manifest: { ...small.manifest, guards: [bins], secondary: [] } },
        openRealm: testRealms,
        tag: "guarded",
        researcher: "builtin",
        settings: completeSettings({ experiments: 3, rule: "paired" }),
        instances: 7,
      },
      { experiment: (record) => records.push(record), notice: () => undefined },
    );
    const refused = records.find(({ guard }) => guard !== undefined);
    expect(records.filter(({ status }) => status === "keep").length).toBe(1);
    expect(refused).toMatchObject({ status: "discard", guard: { name: "bins" }, hidden: null });
    expect(refused?.reason).toMatch(/; but the guard bins is .* worse, and must not get worse$/);
    expect(refused?.lesson).toContain("made bins worse");
    const [tip] = await repository.log(notebookBranch("guarded"), 1);
    const rows = (await repository.readFile(tip.oid, "results.tsv")).trimEnd().split("\n");
    expect(rows.map((row) => row.split("\t").length)).toEqual(rows.map(() => 24));
    expect(rows[0]).toMatch(/\tbins\tmark$/);
    expect(rows[1]).toMatch(/\t\d+(\.\d+)?\t(frontier|undecided)$/);
    const [commit] = await repository.log(studyBranch("guarded"), 1);
    expect(Object.fromEntries(commit.trailers).Metrics).toMatch(/^bins \d/);
  });

  it("goes on after it ended, as if it had not", async () => {
    const options = (experiments: number) => ({
      arena: small,
      openRealm: testRealms,
      tag: "long",
      researcher: "builtin" as const,
      settings: completeSettings({ experiments, rule: "paired" }),
      instances: 7,
    });
    const quiet = { experiment: () => undefined, notice: () => undefined };
    const whole = await runArenaStudy(options(5), quiet);
    const half = await runArenaStudy(options(2), quiet);
    const stored = await openArenaStudy(await half.repository.exportBundle("long"));
    expect(stored.study.records).toEqual(half.study.records);
    expect(stored.study.file).toEqual(half.study.file);
    const resumed = { arena: small, openRealm: testRealms, researcher: "builtin", experiments: 5 } as const;
    expect(await resumeArenaStudy(resumed, stored, quiet)).toBe("limit");
    const told = (study: typeof whole.study) =>
      study.records.map(({ number, status, hypothesis, valBpb, tokens }) => [
        number,
        status,
        hypothesis,
        valBpb,
        tokens,
      ]);
    expect(told(stored.study)).toEqual(told(whole.study));
    const again = await openArenaStudy(await stored.repository.exportBundle("long"));
    expect(again.study.records.length).toBe(5);
  });

  it("goes on only with the arena that it began with, and keeps the arena's own files", async () => {
    const files = { "evaluate.ts": "export {};\n" };
    const own = { ...small, files, fixed: { "sha256 of evaluate.ts": "aa" } };
    const begun = await runArenaStudy(
      {
        arena: own,
        openRealm: testRealms,
        tag: "own",
        researcher: "builtin",
        settings: completeSettings({ experiments: 2, rule: "paired" }),
        instances: 7,
      },
      { experiment: () => undefined, notice: () => undefined },
    );
    const bundle = await begun.repository.exportBundle("own");
    for (const { commit } of begun.study.records)
      expect(await begun.repository.readFile(commit, "arena/evaluate.ts")).toBe(files["evaluate.ts"]);
    const resume = async (arena: typeof own) =>
      resumeArenaStudy(
        { arena, openRealm: testRealms, researcher: "builtin", experiments: 3 },
        await openArenaStudy(bundle),
        { experiment: () => undefined, notice: () => undefined },
      );
    expect(await resume(own)).toBe("limit");
    await expect(resume({ ...own, fixed: { "sha256 of evaluate.ts": "bb" } })).rejects.toThrow(
      'study own began with another sha256 of evaluate.ts, got "bb", expected "aa"',
    );
    await expect(resume({ ...own, manifest: { ...own.manifest, unit: "bins" } })).rejects.toThrow(
      'began with another unit, got "bins", expected "% over the bound"',
    );
    await expect(openArenaStudy(new Uint8Array(10))).rejects.toMatchObject({ code: "git" });
  });

  it("runs a candidate once where it draws no random numbers", () => {
    const settings = completeSettings({ rule: "paired" });
    expect(settingsFor(bins, settings)).toMatchObject({ replicates: 2, cap: 1 });
    expect(settingsFor(ARENAS[1], settings)).toBe(settings);
  });
});

// A whole study of an arena in the loop: real repository, verdict, notebook and built-in researcher.
import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { ARENAS } from "../../arenas/index.ts";
import { testRealms } from "../../arenas/testing/realms.ts";
import { studyBranch } from "../../repo/index.ts";
import { completeSettings } from "../contract/settings.ts";
import type { ExperimentRecord } from "../contract/experiment.ts";
import { openStudy } from "../study/study.ts";
import { runArenaStudy, settingsFor } from "./arena-study.ts";

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
    await expect(openStudy(repository, "bins")).rejects.toThrow("study bins is of the arena bin-packing");
  });

  it("runs a candidate once where it draws no random numbers", () => {
    const settings = completeSettings({ rule: "paired" });
    expect(settingsFor(bins, settings)).toMatchObject({ replicates: 2, cap: 1 });
    expect(settingsFor(ARENAS[1], settings)).toBe(settings);
  });
});

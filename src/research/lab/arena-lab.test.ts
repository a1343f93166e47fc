// Studies of other arenas in a lab: begun, kept over a closed tab, verified and exported, with and without a device.
import "fake-indexeddb/auto";
import { describe, expect, it, vi } from "vitest";
import { ARENAS } from "../../arenas/index.ts";
import { OWN_FILES } from "../../arenas/testing/own-arena.ts";
import { testRealms } from "../../arenas/testing/realms.ts";
import { generatedTable } from "../../arenas/tables/generate.ts";
import { LabError } from "../../error.ts";
import { builtinResearcher } from "../../researchers/index.ts";
import type { TextFile } from "../../prepare/index.ts";
import { sourceOf } from "../arenas/arena-source.ts";
import { editsOf } from "../arenas/study-facts.ts";
import type { LabState } from "../contract/lab-state.ts";
import { browser, quick, tab } from "../testing/lab-in-a-tab.ts";
import { runnerOf, scored } from "../testing/loop-fakes.ts";

const noDevice = () => ({
  ...runnerOf(() => scored(5)),
  measure: () => Promise.reject(new LabError("device", "no GPU adapter")),
});

function arenaTab(home = browser(), texts = new Map<string, readonly TextFile[]>()) {
  const kept = {
    keep: (hash: string, files: readonly TextFile[]) => Promise.resolve(void texts.set(hash, files)),
    kept: (hash: string) => Promise.resolve(texts.get(hash) ?? null),
  };
  const arenas = sourceOf(() => Promise.resolve(testRealms), kept);
  const [bins] = ARENAS;
  const researcher = builtinResearcher(editsOf(bins));
  const opened = tab(home, { arenas, researcher, runner: noDevice() });
  /** Runs of candidates take seconds, on a busy machine many. */
  const until = (what: (state: LabState) => boolean) =>
    vi.waitFor(() => expect(what(opened.state())).toBe(true), { timeout: 150_000, interval: 20 });
  return { ...opened, home, texts, until };
}

const has = (count: number) => (state: LabState) =>
  state.phase === "idle" && state.experiments.length === count;
const bins = { id: "bin-packing", instances: 7 };

describe("a study of another arena in the lab", () => {
  it("needs no device, says its own words, goes on after a reload, and its claim holds", async () => {
    const first = arenaTab();
    await first.lab.open();
    expect(first.state()).toMatchObject({ phase: "idle", device: null, noDevice: "no GPU adapter" });
    await first.until(({ arenas }) => arenas.length === ARENAS.length);
    await first.lab.command({ type: "new-study", settings: { arena: bins, experiments: 2 } });
    await first.until(has(2));
    const { study, experiments, incumbentSource, program } = first.state();
    expect(study?.arena).toMatchObject({ id: "bin-packing", unit: "% over the bound", trains: false });
    expect(experiments[0].status).toBe("keep");
    expect(experiments[0].sample).toContain("bins");
    expect(incumbentSource).toContain("export function solve");
    expect(program).toContain("bin");

    const second = arenaTab(first.home);
    await second.lab.open();
    expect(second.state().experiments.map(({ commit }) => commit)).toEqual(
      experiments.map(({ commit }) => commit),
    );
    await second.lab.command({ type: "start", settings: { experiments: 3 } });
    await second.until(has(3));
    const found = await second.lab.command({ type: "verify", number: 0 });
    expect(found).toMatchObject({ holds: true, contradictions: [] });
    const bundle = (await second.lab.command({ type: "export-bundle" })) as Uint8Array<ArrayBuffer>;
    const claim = { type: "verify-bundle", bytes: bundle, commit: "0", runs: 1 } as const;
    expect(await second.lab.command(claim)).toMatchObject({ holds: true });
  }, 200_000);

  it("checks a proposal by compiling it, and runs it", async () => {
    const { lab, state, until } = arenaTab();
    await lab.open();
    await lab.command({ type: "new-study", settings: { arena: bins, experiments: 1 } });
    await until(has(1));
    const source = state().incumbentSource;
    const broken = { type: "submit-proposal", source: `${source}\n(`, hypothesis: "Broken" } as const;
    await expect(lab.command(broken)).rejects.toMatchObject({ code: "check" });
    expect(await lab.command({ type: "check-source", source })).toEqual([]);
    await lab.command({ ...broken, source: ARENAS[0].known.worse ?? "", hypothesis: "Worse" });
    await lab.command({ type: "start", settings: { experiments: 2 } });
    await until(has(2));
    expect(state().experiments[1]).toMatchObject({ hypothesis: "Worse", researcher: "human" });
  }, 200_000);

  it("refuses a GPT without a device, and an arena that there is not, in one line", async () => {
    const { lab, state } = arenaTab();
    await lab.open();
    await expect(lab.command({ type: "new-study", settings: quick })).rejects.toThrow(
      "a GPT needs a device that computes, got no GPU adapter",
    );
    const none = { arena: { id: "chess" }, experiments: 1 };
    await expect(lab.command({ type: "new-study", settings: none })).rejects.toThrow(
      "there is no such arena, got chess",
    );
    expect(state()).toMatchObject({ phase: "idle", current: null, study: null });
  });

  it("keeps the file of a table and the texts of an arena of one's own for a reload", async () => {
    const first = arenaTab();
    await first.lab.open();
    const bytes = new TextEncoder().encode(generatedTable(1).split("\n").slice(0, 600).join("\n"));
    const table = { id: "tables", file: { name: "left.csv", bytes }, options: { target: "left" } };
    await first.lab.command({ type: "new-study", settings: { arena: table, experiments: 1, replicates: 1 } });
    await first.until(has(1));
    expect(first.state().study).toMatchObject({ corpusName: "left.csv: left" });
    const own = { texts: OWN_FILES };
    const second = arenaTab(first.home, first.texts);
    await second.lab.open();
    expect(await second.lab.command({ type: "check-source", source: "(" })).toHaveLength(1);
    await second.lab.command({ type: "new-study", settings: { arena: own, experiments: 1 } });
    await second.until(has(1));
    const third = arenaTab(first.home, new Map());
    await third.lab.open();
    expect(await third.lab.command({ type: "check-source", source: OWN_FILES["solution.ts"] })).toEqual([]);
    const { studies, study } = third.state();
    const older = studies.find((tag) => tag !== study?.tag) ?? "";
    await third.lab.command({ type: "open-study", tag: older });
    await expect(third.lab.command({ type: "check-source", source: "1" })).rejects.toThrow(
      "bring left.csv again",
    );
  }, 200_000);
});

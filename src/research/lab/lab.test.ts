import { describe, expect, it, vi } from "vitest";
import { LabError } from "../../error.ts";
import type { ExperimentView } from "../contract/lab-state.ts";
import { memoryStore, openRepository } from "../../repo/index.ts";
import { seedFor } from "../../seed/index.ts";
import { browser, device, hangingAt, quick, tab } from "../testing/lab-in-a-tab.ts";
import { numberIn, runnerOf, scored, sourceOf } from "../testing/loop-fakes.ts";

describe("the lab", () => {
  it("opens idle on an empty browser, with the embedded text, the device and the seed's program", async () => {
    const { lab, state } = tab(browser());
    await lab.open();
    expect(state()).toMatchObject({ phase: "idle", study: null, error: null, corpus: { name: "packages" } });
    expect(state().program).toContain("#");
    expect(state().device).toMatchObject({ tier: "software", gflops: 6 });
  });

  it("fetches the embedded text when a study begins, and describes it before", async () => {
    const home = browser();
    const { lab, state, until, runner } = tab(home);
    await lab.open();
    expect(state().corpus).toMatchObject({ name: "packages", baselines: { gzip: 3 } });
    expect(state().corpus?.untrained).toMatch(/^[a-z]{60}$/);
    await vi.waitFor(() => expect(runner.rehearsed).toHaveLength(1));
    expect(home.opened).toEqual([]);
    await lab.command({ type: "use-embedded-corpus" });
    expect(home.opened).toEqual([]);
    await lab.command({ type: "start", settings: { ...quick, experiments: 1 } });
    await until(({ phase }) => phase === "idle");
    expect(home.opened).toEqual(["embedded 1024"]);
  });

  it("rehearses the seed while it is idle, after a reload the incumbent, and nothing when a study goes on", async () => {
    const home = browser();
    const first = tab(home);
    await first.lab.open();
    await vi.waitFor(() => expect(first.runner.rehearsed).toHaveLength(1));
    expect(first.runner.rehearsed[0]).toMatchObject({
      source: seedFor("software").source,
      own: true,
      arena: { seqLen: seedFor("software").seqLen, tier: "software" },
    });
    await first.lab.command({ type: "start", settings: { ...quick, experiments: 2 } });
    await first.until(({ phase, experiments }) => phase === "idle" && experiments.length === 2);
    expect(first.runner.requests.map(({ own }) => own)).toEqual([false, false]);
    const hanging = hangingAt(2);
    const second = tab(home, { runner: hanging });
    await second.lab.open();
    await vi.waitFor(() => expect(hanging.rehearsed).toHaveLength(1));
    expect(hanging.rehearsed[0]).toMatchObject({
      source: sourceOf(1),
      own: false,
      arena: { budgetSeconds: 5 },
    });
    await second.lab.command({ type: "start", settings: { experiments: 4 } });
    await second.until(({ current }) => current?.number === 2 && current.stage === "training");
    const third = tab(home);
    await third.lab.open();
    await third.until(({ phase, experiments }) => phase === "idle" && experiments.length === 4);
    expect(third.runner.rehearsed).toEqual([]);
  });

  it("says of the seed alone that it is the lab's own train.ts", async () => {
    const runner = { ...runnerOf(() => scored(5)), measure: () => Promise.resolve(device) };
    const { lab, until } = tab(browser(), { runner });
    await lab.open();
    await lab.command({ type: "start", settings: { budgetSeconds: 5, experiments: 2 } });
    await until(({ phase, experiments }) => phase === "idle" && experiments.length === 2);
    expect(runner.requests.map(({ own }) => own)).toEqual([true, false]);
  });

  it("runs a study from Start to its limit, commits it, and exports a bundle", async () => {
    const { lab, state, until, events, hot } = tab(browser());
    await lab.open();
    await lab.command({ type: "start", settings: { ...quick, experiments: 3 } });
    expect(state().phase).toBe("running");
    await until(({ phase, experiments }) => phase === "idle" && experiments.length === 3);
    expect(state().experiments.map((e) => [e.number, e.status])).toEqual([
      [0, "keep"],
      [1, "keep"],
      [2, "keep"],
    ]);
    expect(state().study).toMatchObject({ bestBpb: 9.98, settings: { budgetSeconds: 5, experiments: 3 } });
    expect(state().study?.incumbent).toBe(state().experiments[2]?.commit);
    expect(state().experiments[2]?.parentCommit).toBe(state().experiments[1]?.commit);
    expect(events.map((e) => e.type)).toContain("study");
    const ends = events.filter((e) => e.type === "experiment");
    expect(ends.map((e) => [e.number, e.status, e.valBpb, e.commit.length])).toEqual([
      [0, "keep", 10, 40],
      [1, "keep", 9.99, 40],
      [2, "keep", 9.98, 40],
    ]);
    expect(hot.filter((e) => e.type === "run").length).toBe(3);
    const bundle = await lab.command({ type: "export-bundle" });
    expect(new TextDecoder().decode((bundle as Uint8Array).slice(0, 15))).toBe("# v2 git bundle");
    const detail = await lab.command({ type: "load-experiment", number: 2 });
    expect(detail).toMatchObject({ source: sourceOf(2), parentSource: sourceOf(1) });
    expect((detail as { message: string }).message).toMatch(/^Status: keep$/m);
  });

  it("resumes by itself after a reload in the middle of a run, and repeats that run", async () => {
    const home = browser();
    const first = tab(home, { runner: hangingAt(1) });
    await first.lab.open();
    await first.lab.command({ type: "new-study", settings: { ...quick, experiments: 3 } });
    await first.until(({ current }) => current?.number === 1 && current.stage === "training");
    const second = tab(home);
    await second.lab.open();
    expect(second.state().experiments[0]?.commit).toBe(first.state().experiments[0]?.commit);
    expect(second.state().study?.settings.experiments).toBe(3);
    await second.until(({ phase, experiments }) => phase === "idle" && experiments.length === 3);
    expect(second.runner.requests[0]).toMatchObject({ source: sourceOf(1), seed: 1 });
    expect(second.state().experiments[1]?.hypothesis).toBe(first.state().current?.hypothesis);
  });

  it("stays stopped after Stop now and a reload, and goes on at Start", async () => {
    const home = browser();
    const first = tab(home, { runner: hangingAt(1) });
    await first.lab.open();
    await first.lab.command({ type: "new-study", settings: quick });
    await first.until(({ current }) => current?.number === 1 && current.stage === "training");
    await first.lab.command({ type: "stop-now" });
    expect(first.state()).toMatchObject({ phase: "idle", current: null });
    expect(first.state().experiments.length).toBe(1);
    const second = tab(home);
    await second.lab.open();
    expect(second.state()).toMatchObject({ phase: "idle" });
    await second.lab.command({ type: "start", settings: { experiments: 2 } });
    await second.until(({ phase, experiments }) => phase === "idle" && experiments.length === 2);
    expect(second.runner.requests.map((r) => r.source)).toEqual([sourceOf(1)]);
  });

  it("stops after the run when asked", async () => {
    const { lab, state, until } = tab(browser(), {
      runner: {
        ...runnerOf(() => scored(5)),
        measure: () => Promise.resolve(device),
        run: async (request, onEvent, signal) => {
          if (numberIn(request.source) === 1) await lab.command({ type: "stop-after-run" });
          return runnerOf(() => scored(5)).run(request, onEvent, signal);
        },
      },
    });
    await lab.open();
    await lab.command({ type: "new-study", settings: quick });
    await until(({ phase }) => phase === "idle");
    expect(state().experiments.length).toBe(2);
  });

  it("is read-only in a second tab, follows the first, and takes over when that is closed", async () => {
    const home = browser();
    const first = tab(home, { runner: hangingAt(2) });
    await first.lab.open();
    await first.lab.command({ type: "new-study", settings: quick });
    await first.until(({ current }) => current?.number === 2 && current.stage === "training");
    let free: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => (free = resolve));
    const second = tab(home, {
      acquire: () => Promise.resolve(null),
      wait: async () => {
        await closed;
        return { lost: new Promise<string>(() => undefined), release: () => undefined };
      },
      clock: { now: () => Date.now(), sleep: () => new Promise((resolve) => setTimeout(resolve, 5)) },
    });
    await second.lab.open();
    expect(second.state()).toMatchObject({ phase: "readonly" });
    expect(second.state().experiments.length).toBe(2);
    await expect(second.lab.command({ type: "start", settings: {} })).rejects.toMatchObject({ code: "lock" });
    free();
    await second.until(({ phase, experiments }) => phase === "running" && experiments.length > 2);
    await second.lab.command({ type: "stop-now" });
  });

  it("shows a reader everything the owner shows: the first study, the run, its loss, another study", async () => {
    const home = browser();
    const owner = tab(home, { runner: hangingAt(1) });
    await owner.lab.open();
    const reader = tab(home, { acquire: () => Promise.resolve(null) });
    await reader.lab.open();
    expect(reader.state()).toMatchObject({ phase: "readonly", study: null });
    await reader.until(({ device, corpus }) => device !== null && corpus?.name === "packages");
    await owner.lab.command({ type: "new-study", settings: quick });
    await reader.until(
      ({ current, experiments }) =>
        current?.number === 1 && current.stage === "training" && experiments.length === 1,
    );
    expect(reader.state()).toMatchObject({ phase: "readonly", study: { tag: owner.state().study?.tag } });
    expect(await reader.lab.command({ type: "load-experiment", number: 0 })).toMatchObject({
      source: sourceOf(0),
    });
    expect(reader.hot.map(({ type }) => type)).toEqual(owner.hot.map(({ type }) => type));
    const late = tab(home, { acquire: () => Promise.resolve(null) });
    await late.lab.open();
    await late.until(({ current }) => current?.number === 1);
    expect(late.hot.map(({ type }) => type)).toContain("incumbent");
    await owner.lab.command({ type: "stop-now" });
    await reader.until(({ current }) => current === null);
    const first = owner.state().study?.tag ?? "";
    await owner.lab.command({ type: "new-study", settings: quick });
    await reader.until(({ study, current }) => study?.tag === `${first}-2` && current?.number === 1);
    await reader.lab.command({ type: "open-study", tag: first });
    await owner.lab.command({ type: "stop-now" });
    await reader.until(({ current, study }) => current === null && study?.tag === first);
    await reader.lab.command({ type: "open-study", tag: `${first}-2` });
    expect(reader.state().study?.tag).toBe(`${first}-2`);
  });

  it("queues a proposal of the human, and refuses a repeat or a type error with one line", async () => {
    const { lab, state, until } = tab(browser(), { runner: hangingAt(0) });
    await lab.open();
    await lab.command({ type: "new-study", settings: quick });
    await until(({ current }) => current?.stage === "training");
    await lab.command({ type: "submit-proposal", source: sourceOf(7), hypothesis: " Seven " });
    expect(state().next).toEqual({ hypothesis: "Seven", researcher: "human" });
    const again = lab.command({ type: "submit-proposal", source: `${sourceOf(7)}// same`, hypothesis: "" });
    await expect(again).rejects.toMatchObject({ code: "proposal" });
    const wrong = lab.command({ type: "submit-proposal", source: 'const wrong = "";', hypothesis: "" });
    await expect(wrong).rejects.toThrow("train.ts:2: wrong type");
    await lab.command({ type: "stop-now" });
  });

  it("queues the human's fork, and refuses one from an experiment that is not there", async () => {
    const { lab, state, until } = tab(browser(), { runner: hangingAt(3) });
    await lab.open();
    await lab.command({ type: "new-study", settings: quick });
    await until(({ current, experiments }) => current?.stage === "training" && experiments.length === 3);
    const fork = { type: "submit-proposal", source: sourceOf(70), hypothesis: "From the first" } as const;
    await expect(lab.command({ ...fork, base: 9 })).rejects.toThrow(/no experiment #9/);
    await lab.command({ ...fork, base: 1 });
    expect(state().next).toEqual({ hypothesis: "From the first", researcher: "human" });
    await lab.command({ type: "stop-now" });
  });

  it("stops at once though a run trains and the store has no room to note the stop", async () => {
    const home = browser();
    const commit = home.store.commit.bind(home.store);
    let full = false;
    home.store.commit = (batch) => (full ? Promise.reject(new LabError("full", "no room")) : commit(batch));
    const { lab, state, until } = tab(home, { runner: hangingAt(1) });
    await lab.open();
    await lab.command({ type: "new-study", settings: quick });
    await until(({ current, experiments }) => current?.stage === "training" && experiments.length === 1);
    full = true;
    await lab.command({ type: "stop-now" });
    expect(state()).toMatchObject({ phase: "idle", error: null, storage: { state: "full" } });
    full = false;
    await lab.command({ type: "start", settings: { experiments: 3 } });
    await until(({ current }) => current?.number === 1 && current.stage === "training");
    await lab.command({ type: "stop-now" });
    expect(state()).toMatchObject({ phase: "idle", storage: { state: "ok" } });
  });

  it("keeps program.md across a reload and commits it with the next experiment", async () => {
    const home = browser();
    const first = tab(home);
    await first.lab.open();
    await first.lab.command({ type: "save-program", text: "Be brief.\n" });
    const second = tab(home);
    await second.lab.open();
    expect(second.state().program).toBe("Be brief.\n");
    await second.lab.command({ type: "new-study", settings: { ...quick, experiments: 1 } });
    await second.until(({ phase }) => phase === "idle");
    const repository = await openRepository({ store: home.store, readOnly: true });
    const { commit = "" } = second.state().experiments[0] ?? {};
    expect(await repository.readFile(commit, "program.md")).toBe("Be brief.\n");
    expect(await repository.listFiles(commit)).toEqual(["README.md", "arena.json", "program.md", "train.ts"]);
  });

  it("keeps a text of the user's own for its study, and changes nothing when a text is unfit", async () => {
    const home = browser();
    const first = tab(home, { runner: hangingAt(1) });
    await first.lab.open();
    await first.lab.command({
      type: "import-corpus",
      files: [{ file: new Blob(["a text of my own"]), name: "mine.txt" }],
    });
    expect(first.state().corpus?.name).toBe("mine.txt");
    const bad = first.lab.command({
      type: "import-corpus",
      files: [{ file: new Blob(["short"]), name: "bad.txt" }],
    });
    await expect(bad).rejects.toMatchObject({ code: "corpus" });
    expect(first.state().corpus?.name).toBe("mine.txt");
    await first.lab.command({ type: "new-study", settings: { ...quick, vocabSize: 300, experiments: 2 } });
    expect(first.state().corpus).toMatchObject({ name: "mine.txt", vocabSize: 300 });
    await first.until(({ current }) => current?.stage === "training" && current.number === 1);
    const second = tab(home);
    await second.lab.open();
    expect(second.state().corpus).toMatchObject({ name: "mine.txt", vocabSize: 300 });
    await second.until(({ phase, experiments }) => phase === "idle" && experiments.length === 2);
  });

  it("keeps the files of a joined text apart, and names them all again after a reload", async () => {
    const home = browser();
    const first = tab(home, { runner: hangingAt(1) });
    await first.lab.open();
    const files = ["one.txt", "two.jsonl"].map((name) => ({
      name,
      file: new Blob([`the text of ${name}. `]),
    }));
    await first.lab.command({ type: "import-corpus", files });
    await first.lab.command({ type: "new-study", settings: { ...quick, experiments: 2 } });
    await first.until(({ current }) => current?.stage === "training" && current.number === 1);
    const second = tab(home);
    await second.lab.open();
    expect(second.state().corpus?.name).toBe("one.txt, two.jsonl");
    await second.until(({ phase, experiments }) => phase === "idle" && experiments.length === 2);
  });

  it("shows a study whose text is gone, and gives a hint at Start", async () => {
    const home = browser();
    const first = tab(home);
    await first.lab.open();
    await first.lab.command({
      type: "import-corpus",
      files: [{ file: new Blob(["a text of my own"]), name: "mine.txt" }],
    });
    await first.lab.command({ type: "new-study", settings: { ...quick, experiments: 1 } });
    await first.until(({ phase }) => phase === "idle");
    home.texts.clear();
    const second = tab(home);
    await second.lab.open();
    expect(second.state().phase).toBe("idle");
    expect(second.state().experiments.length).toBe(1);
    expect(second.state().notices[0]?.text).toContain("mine.txt");
    const start = second.lab.command({ type: "start", settings: { experiments: 2 } });
    await expect(start).rejects.toThrow("bring the same file again");
    expect(second.state().phase).toBe("idle");
  });

  it("opens another study, and numbers the tags of one day", async () => {
    const { lab, state, until } = tab(browser());
    await lab.open();
    for (const experiments of [1, 2]) {
      await lab.command({ type: "new-study", settings: { ...quick, experiments } });
      await until(({ phase }) => phase === "idle");
    }
    const [newer = "", older = ""] = state().studies;
    expect(newer).toBe(`${older}-2`);
    expect(state().experiments.length).toBe(2);
    await lab.command({ type: "open-study", tag: older });
    expect(state().study?.tag).toBe(older);
    expect(state().experiments.length).toBe(1);
    expect(await lab.command({ type: "list-studies" })).toMatchObject([
      { tag: newer, experiments: 2 },
      { tag: older, experiments: 1 },
    ]);
    const other = (await lab.command({ type: "read-study", tag: newer })) as readonly ExperimentView[];
    expect(other.map((e) => [e.number, e.valBpb])).toEqual([
      [0, 10],
      [1, 9.99],
    ]);
    expect(state().study?.tag).toBe(older);
    await lab.command({ type: "start", settings: { experiments: 3 } });
    await until(({ phase }) => phase === "idle");
    expect(await lab.command({ type: "list-studies" })).toMatchObject([
      { tag: newer, experiments: 2 },
      { tag: older, experiments: 3 },
    ]);
  });

  it("says of an unknown study that there is none, and stays as it is", async () => {
    const { lab, state, until } = tab(browser());
    await lab.open();
    await lab.command({ type: "new-study", settings: { ...quick, experiments: 1 } });
    await until(({ phase }) => phase === "idle");
    await expect(lab.command({ type: "open-study", tag: "nov31" })).rejects.toThrow(
      "there is no study nov31",
    );
    await expect(lab.command({ type: "read-study", tag: "nov31" })).rejects.toThrow(
      "there is no study nov31",
    );
    expect(state()).toMatchObject({ phase: "idle", damage: null, experiments: [{ number: 0 }] });
  });

  it("keeps the name of a study over a reload", async () => {
    const home = browser();
    const { lab, state, until } = tab(home);
    await lab.open();
    await lab.command({ type: "new-study", settings: { ...quick, experiments: 1 } });
    await until(({ phase }) => phase === "idle");
    const tag = state().study?.tag ?? "";
    await lab.command({ type: "name-study", tag, title: "Rotary bases" });
    expect(state().titles).toEqual({ [tag]: "Rotary bases" });
    const again = tab(home);
    await again.lab.open();
    expect(again.state()).toMatchObject({ titles: { [tag]: "Rotary bases" }, study: { tag } });
  });

  it("deletes a study that is not open, and puts it back whole", async () => {
    const { lab, state, until } = tab(browser());
    await lab.open();
    for (const experiments of [1, 1]) {
      await lab.command({ type: "new-study", settings: { ...quick, experiments } });
      await until((now) => now.phase === "idle" && now.experiments.length === 1);
    }
    const [open = "", other = ""] = state().studies;
    await expect(lab.command({ type: "delete-study", tag: open })).rejects.toThrow("is open");
    await lab.command({ type: "delete-study", tag: other });
    expect(state()).toMatchObject({ studies: [open], deleted: [other] });
    await expect(lab.command({ type: "delete-study", tag: other })).rejects.toThrow("no such branch");
    await lab.command({ type: "restore-study", tag: other });
    expect(state().deleted).toEqual([]);
    await lab.command({ type: "open-study", tag: other });
    expect(state().experiments.length).toBe(1);
  });

  it("refuses a change of a study's fixed settings, and settings out of range", async () => {
    const { lab, until } = tab(browser());
    await lab.open();
    await expect(lab.command({ type: "new-study", settings: { budgetSeconds: 0 } })).rejects.toThrow(
      "budget",
    );
    await lab.command({ type: "new-study", settings: { ...quick, experiments: 1 } });
    await until(({ phase }) => phase === "idle");
    await expect(lab.command({ type: "start", settings: { budgetSeconds: 60 } })).rejects.toThrow(
      "begin a new study",
    );
  });

  it("fails with one line when the store or the device does", async () => {
    const store = {
      ...memoryStore(),
      get: () => Promise.reject(new LabError("storage", "the disk is on fire")),
    };
    const burning = tab({ ...browser(), store, texts: new Map(), opened: [] });
    await burning.lab.open();
    expect(burning.state()).toMatchObject({ phase: "damaged" });
    expect(burning.state().error).toContain("the disk is on fire");
    const measure = () => Promise.reject(new LabError("device", "this browser has no WebGPU"));
    const runner = { ...hangingAt(0), measure };
    const blind = tab(browser(), { runner });
    await blind.lab.open();
    // Without a study another arena can begin, which needs no device.
    expect(blind.state()).toMatchObject({ phase: "idle", noDevice: "this browser has no WebGPU" });
    const home = browser();
    const seeing = tab(home);
    await seeing.lab.open();
    await seeing.lab.command({ type: "start", settings: { ...quick, experiments: 1 } });
    await seeing.until(({ phase }) => phase === "idle");
    const blinded = tab(home, { runner });
    await blinded.lab.open();
    expect(blinded.state()).toMatchObject({ phase: "failed", error: "this browser has no WebGPU" });
  });

  it("stops and says so when the device is lost for good, and resumes after a reload", async () => {
    const home = browser();
    const run = () => Promise.reject(new LabError("device", "no adapter"));
    const first = tab(home, {
      runner: { ...runnerOf(() => scored(5)), run, measure: () => Promise.resolve(device) },
    });
    await first.lab.open();
    await first.lab.command({ type: "new-study", settings: { ...quick, experiments: 1 } });
    await first.until(({ phase }) => phase === "failed");
    expect(first.state().error).toContain("no adapter");
    const second = tab(home);
    await second.lab.open();
    await second.until(({ phase, experiments }) => phase === "idle" && experiments.length === 1);
  });

  it("stops and stays failed when another tab takes the lock", async () => {
    let steal: (reason: string) => void = () => undefined;
    const lost = new Promise<string>((resolve) => (steal = resolve));
    const { lab, state, until } = tab(browser(), {
      runner: hangingAt(0),
      acquire: () => Promise.resolve({ lost, release: () => undefined }),
    });
    await lab.open();
    await lab.command({ type: "new-study", settings: quick });
    await until(({ current }) => current?.stage === "training");
    steal("another tab took over the lab");
    await until(({ phase }) => phase === "failed");
    await lab.command({ type: "stop-now" });
    expect(state()).toMatchObject({ phase: "failed", error: "another tab took over the lab", current: null });
  });
});

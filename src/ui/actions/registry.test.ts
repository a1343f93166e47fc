import { describe, expect, it, vi } from "vitest";
import type { ExperimentDetail, ExperimentView, LabClient, LabState } from "../../research/index.ts";
import { FIRST_STATE } from "../../research/lab/publisher.ts";
import { findAction, perform } from "./first.ts";
import { ACTIONS, currentActions } from "./registry.ts";
import { type ArenaView, GPT_ARENA } from "../../research/contract/arena-view.ts";
import type { ActionContext } from "./action.ts";
import { OWN } from "./conditions.ts";
import { shownTab, tabsOf } from "./notebook.ts";
import { PANELS, panelsOf } from "./page.ts";
import { studyAction, type StudyVerb } from "./studies.ts";
import { compareWith, listOf, loadDetail, select, shownNumber } from "./selection.ts";
import { importFiles } from "./text.ts";
import { connectPage, createPage, editDraft, type PageState } from "../state/store.ts";
import type { DraftStore } from "../state/drafts.ts";

function memory(): DraftStore {
  const map = new Map<string, string>();
  return {
    getItem: (k) => map.get(k) ?? null,
    setItem: (k, v) => void map.set(k, v),
    removeItem: (k) => void map.delete(k),
  };
}

const lab: LabState = {
  ...FIRST_STATE,
  phase: "idle",
  program: "be bold",
  incumbentSource: "const A = 1;",
  persisted: true,
};

const study: LabState["study"] = {
  tag: "nov20",
  createdAt: 0,
  settings: {
    budgetSeconds: 20,
    seed: 1,
    vocabSize: 256,
    experiments: 1,
    budgetTokens: 0,
    context: 128,
    rule: "paired",
    replicates: 3,
    cap: 3,
    minimumGain: 0,
    earlyStop: false,
  },
  corpusName: "x",
  seqLen: 128,
  windows: 1,
  incumbent: "c0",
  bestBpb: 2,
  noise: null,
};

const experiment = { number: 0, status: "keep", valBpb: 2, commit: "c0" } as ExperimentView;

/** A page, its lab as spies, and a function that sends it a snapshot. */
function open(search = "", hash = "") {
  let send: (state: LabState) => void = () => undefined;
  const ok = () => Promise.resolve();
  const client = {
    subscribe: (listener: (state: LabState) => void) => {
      send = listener;
      return () => undefined;
    },
    start: vi.fn(ok),
    newStudy: vi.fn(ok),
    stopAfterRun: vi.fn(ok),
    stopNow: vi.fn(ok),
    saveProgram: vi.fn(ok),
    submitProposal: vi.fn(ok),
    openStudy: vi.fn(ok),
    deleteStudy: vi.fn(ok),
    restoreStudy: vi.fn(ok),
    readStudy: vi.fn(() => Promise.resolve([experiment])),
    checkSource: vi.fn(() => Promise.resolve([] as { line: number; column: number; message: string }[])),
    loadExperiment: vi.fn((number: number) =>
      Promise.resolve({ number, source: `const A = ${40 + number};` } as ExperimentDetail),
    ),
    verify: vi.fn(ok),
    ablate: vi.fn(ok),
    importCorpus: vi.fn(ok),
    exportBundle: vi.fn(() => Promise.resolve(new Uint8Array([1]))),
  };
  const browser = {
    download: vi.fn(),
    copy: vi.fn(ok),
    toPng: vi.fn(() => Promise.resolve(new Uint8Array([2]))),
    prefersDark: vi.fn(() => false),
    jump: vi.fn(),
    visit: vi.fn(),
    chooseFile: vi.fn(),
    chooseTextFolder: vi.fn(() => Promise.resolve([])),
    chooseBundles: vi.fn(() => Promise.resolve([])),
    chooseFolder: vi.fn(() => Promise.resolve(null)),
    bundlesIn: vi.fn(() => Promise.resolve([])),
    setDownloadKept: vi.fn(),
    setStayAwake: vi.fn(),
    setNotify: vi.fn((on: boolean) => Promise.resolve(on)),
    setTheme: vi.fn(),
    setSingleKeys: vi.fn(),
  };
  const storage = memory();
  const page = createPage({ storage, search, hash, webgpu: true, theme: "system", singleKeys: true });
  connectPage(page, client as unknown as LabClient, storage);
  const context: ActionContext = {
    page,
    client: client as unknown as LabClient,
    storage,
    player: null,
    browser,
  };
  const act = (id: string) => perform(findAction(id), context);
  return { page, client, browser, storage, context, act, send: (state: LabState) => send(state) };
}

describe("the registry of actions", () => {
  it("gives every action one name and every shortcut one action", () => {
    const ids = ACTIONS.map((a) => a.id);
    expect(new Set(ids).size).toBe(ids.length);
    const keys = ACTIONS.flatMap((a) => (a.keys === undefined ? [] : [a.keys]));
    expect(new Set(keys).size).toBe(keys.length);
  });
  it("offers the other studies, and never the open one", () => {
    const { page, send } = open();
    send({ ...lab, study, studies: ["nov20", "nov19"] });
    const labels = currentActions(page.getState()).map((a) => a.label(page.getState()));
    expect(labels).toContain("Open study nov19");
    expect(labels).not.toContain("Open study nov20");
  });
});

describe("verify and ablate", () => {
  it("verifies the shown experiment when it has a score, also after the run under way", async () => {
    const { client, send, act, page } = open();
    const other = { ...experiment, number: 1, commit: "c1", runs: 1 };
    const night = { ...lab, study, experiments: [{ ...experiment, runs: 3 }, other] };
    send({ ...night, phase: "running", sideTask: { type: "ablate" } });
    await act("verify");
    expect(client.verify).not.toHaveBeenCalled();
    send({ ...night, phase: "running" });
    expect(findAction("verify").label(page.getState())).toBe("Verify #0 after this run");
    send(night);
    await act("verify");
    expect(client.verify).toHaveBeenLastCalledWith(0); // the best, while nothing is selected
    page.setState({ selected: 1 });
    await act("verify");
    expect(client.verify).toHaveBeenLastCalledWith(1);
    page.setState({ selected: null });
    send({ ...lab, study, experiments: [{ ...experiment, runs: 0 }] });
    expect(findAction("verify").available(page.getState())).toBe(false);
  });
  it("ablates once there is a change to take out", async () => {
    const { client, send, act, page } = open();
    send({ ...lab, study, experiments: [{ ...experiment, incumbentBpb: null }] });
    await act("ablate");
    expect(client.ablate).not.toHaveBeenCalled();
    const kept = { ...experiment, number: 1, incumbentBpb: 2 };
    send({ ...lab, study, experiments: [{ ...experiment, incumbentBpb: null }, kept] });
    await act("ablate");
    expect(client.ablate).toHaveBeenCalledOnce();
    const ablation = { incumbent: "c0", number: 0, rows: [], done: false };
    send({ ...lab, study, experiments: [experiment, kept], ablation });
    expect(findAction("ablate").label(page.getState())).toBe("Continue ablation");
  });
});

describe("the selection", () => {
  const at = (number: number, more = {}) =>
    ({
      ...experiment,
      number,
      commit: `c${number}`,
      hypothesis: "",
      reason: "",
      lesson: "",
      ...more,
    }) as ExperimentView;
  const night = { ...lab, study, experiments: [at(0), at(1), at(2, { status: "discard" }), at(3)] };

  it("moves along the list as it is filtered and sorted, and stops at its ends", async () => {
    const { page, send, act } = open();
    send(night);
    expect(shownNumber(page.getState())).toBe(0); // the incumbent
    await act("previous");
    expect(page.getState().selected).toBe(1);
    await act("open-latest");
    await act("previous");
    expect(page.getState().selected).toBe(3);
    page.setState({ query: "kept" });
    await act("next");
    expect(page.getState().selected).toBe(1); // 2 was discarded
    await act("next");
    await act("next");
    expect(page.getState().selected).toBe(0);
  });
  it("compares any two, and Escape ends first that, then the selection", async () => {
    const { page, context, send, act } = open();
    send(night);
    select(context, 2);
    await act("compare");
    expect(page.getState()).toMatchObject({ selected: 2, compared: 0 });
    await act("open-latest");
    expect(page.getState()).toMatchObject({ selected: 3, compared: 0 });
    compareWith(context, 3);
    expect(page.getState().compared).toBeNull(); // nothing is compared with itself
    compareWith(context, 1);
    await act("back");
    expect(page.getState()).toMatchObject({ selected: 3, compared: null });
    await act("back");
    expect(page.getState().selected).toBeNull();
    expect(findAction("back").available(page.getState())).toBe(false);
  });
  it("follows the address once its study is open, and ends with the study", () => {
    const { page, send } = open("", "#nov20/3~1");
    send({ ...lab, phase: "opening" });
    expect(page.getState().selected).toBeNull();
    send(night);
    expect(page.getState()).toMatchObject({ selected: 3, compared: 1, wanted: null });
    send({ ...night, study: study && { ...study, tag: "nov21" } });
    expect(page.getState()).toMatchObject({ selected: null, compared: null });
  });
  it("pins experiments of a study in this browser", async () => {
    const { page, send, act } = open();
    send(night);
    page.setState({ selected: 1 });
    await act("pin");
    expect(listOf(page.getState())[0]?.number).toBe(1);
    send({ ...night, study: study && { ...study, tag: "nov21" } });
    expect(page.getState().pins).toEqual([]);
    send(night);
    expect(page.getState().pins).toEqual([1]);
    page.setState({ selected: 1 });
    await act("pin");
    expect(page.getState().pins).toEqual([]);
  });
  it("fetches an experiment's details once, and says why they cannot be had", async () => {
    const { page, client, context, send } = open();
    send(night);
    client.loadExperiment.mockRejectedValueOnce(new Error("no such commit"));
    await loadDetail(context, 1);
    expect(page.getState().details[1]).toEqual({ state: "failed", reason: "no such commit" });
    await Promise.all([loadDetail(context, 1), loadDetail(context, 1)]);
    await loadDetail(context, 1);
    expect(client.loadExperiment).toHaveBeenCalledTimes(2);
    expect(page.getState().details[1]?.state).toBe("ready");
  });
});

describe("panels", () => {
  it("open one at a time, close with their own key or Escape, and give the focus back", async () => {
    const { page, browser, act } = open();
    await act("go-text");
    await act("go-program");
    expect(page.getState().panel).toBe("program");
    expect(browser.jump).toHaveBeenLastCalledWith("program");
    await act("back");
    expect(page.getState().panel).toBeNull();
    expect(browser.jump).toHaveBeenLastCalledWith("open-program");
    await act("go-text");
    await act("go-text");
    expect(page.getState().panel).toBeNull();
  });
});

describe("starting and stopping", () => {
  it("starts a first study with every setting and a later one only with its end", async () => {
    const { client, send, act } = open("?budget=20&experiments=3");
    await act("start");
    expect(client.start).not.toHaveBeenCalled(); // the lab has not opened yet
    send(lab);
    await act("start");
    expect(client.start).toHaveBeenLastCalledWith({
      rule: "auto",
      replicates: 3,
      cap: 3,
      minimumGain: 0,
      earlyStop: false,
      budgetSeconds: 20,
      budgetTokens: 0,
      context: 0,
      experiments: 3,
      vocabSize: 1024,
      seed: 1,
    });
    send({ ...lab, study, experiments: [experiment] });
    await act("start");
    expect(client.start).toHaveBeenLastCalledWith({ experiments: 3 });
  });
  it("starts in the chosen arena, and without a device in the first one that needs none", async () => {
    const { client, send, act, page } = open();
    const start = findAction("start");
    const arena: ArenaView = { ...GPT_ARENA, id: "knots", title: "Knots", unit: "knots", trains: false };
    const table: ArenaView = { ...arena, id: "tables" };
    send({ ...lab, noDevice: "no adapter" });
    expect(start.why?.(page.getState())).toBe("The arenas are being loaded");
    const file = { types: ".csv", options: ["target"] };
    const known = { ...lab, noDevice: "no adapter", arenas: [{ arena }, { arena: table, file }] };
    send(known);
    await act("start");
    expect(client.start).toHaveBeenLastCalledWith(expect.objectContaining({ arena: { id: "knots" } }));
    const brought = { name: "a.csv", bytes: new Uint8Array(1), columns: ["y"], options: { target: "y" } };
    page.setState({ arena: "tables", arenaFile: brought });
    await act("start");
    expect(client.start).toHaveBeenLastCalledWith(
      expect.objectContaining({
        arena: { id: "tables", file: { name: "a.csv", bytes: brought.bytes }, options: { target: "y" } },
      }),
    );
    page.setState({ arena: OWN });
    expect(start.why?.(page.getState())).toBe("Open your arena first");
    const texts = { "arena.json": "{}" };
    page.setState({ ownArena: { arena, texts } });
    await act("start");
    expect(client.start).toHaveBeenLastCalledWith(expect.objectContaining({ arena: { texts } }));
    page.setState({ arena: "gpt" });
    await act("start");
    expect(client.start).not.toHaveBeenLastCalledWith(expect.objectContaining({ arena: expect.anything() }));
  });
  it("names the file and the panels of the arena on the page", () => {
    const { send, page } = open();
    send({ ...lab, study });
    expect(panelsOf(page.getState())).toBe(PANELS);
    const arena: ArenaView = { ...GPT_ARENA, id: "knots", file: "solution.ts", trains: false };
    send({ ...lab, study: study && { ...study, arena } });
    const titles = panelsOf(page.getState()).map(([, title]) => title);
    expect(titles).toContain("solution.ts");
    expect(titles).not.toContain("Talk");
    expect(findAction("revert-train").label(page.getState())).toBe("Reset to best solution.ts");
    expect(tabsOf(page.getState()).map(([tab]) => tab)).not.toContain("curves");
    page.setState({ tab: "curves" });
    expect(shownTab(page.getState())).toBe("changes");
  });
  it("takes a limit that is already reached as a request to continue without one", async () => {
    const { client, send, act, page } = open("?experiments=1");
    send({ ...lab, study, experiments: [experiment] });
    expect(page.getState().form.experiments).toBe("0");
    await act("start");
    expect(client.start).toHaveBeenLastCalledWith({ experiments: 0 });
  });
  it("cannot start while a setting is wrong, a run runs, or another tab owns the lab", () => {
    const { page, send } = open();
    const start = findAction("start");
    send(lab);
    expect(start.available(page.getState())).toBe(true);
    page.setState((old) => ({ form: { ...old.form, seed: "x" } }));
    expect(start.available(page.getState())).toBe(false);
    page.setState((old) => ({ form: { ...old.form, seed: "1" } }));
    for (const phase of ["running", "stopping", "readonly", "failed", "opening"] as const) {
      send({ ...lab, phase });
      expect(start.available(page.getState()), phase).toBe(false);
    }
  });
  it("shows why an action failed, until it succeeds", async () => {
    const { page, client, send, act } = open();
    send(lab);
    client.start.mockRejectedValueOnce(new Error("no adapter\n(hint)"));
    await act("start");
    expect(page.getState().failures).toEqual({ start: "no adapter (hint)" });
    await act("start");
    expect(page.getState().failures).toEqual({});
  });
  it("does not send a second command while the first is pending", async () => {
    const { client, send, act } = open();
    let finish: () => void = () => undefined;
    client.start.mockReturnValueOnce(new Promise((done) => (finish = done)));
    send(lab);
    const first = act("start");
    await act("start");
    expect(client.start).toHaveBeenCalledTimes(1);
    finish();
    await first;
    await act("start");
    expect(client.start).toHaveBeenCalledTimes(2);
  });
  it("exports under the study's name", async () => {
    const { page, browser, send, act } = open();
    send({ ...lab, study, experiments: [experiment] });
    await act("export-bundle");
    expect(browser.download).toHaveBeenCalledWith("nov20.bundle", new Uint8Array([1]));
    expect(page.getState().exported).toBe("nov20.bundle");
  });
});

describe("a fork by hand", () => {
  const older = { ...experiment, commit: "c-old", number: 0 };
  const best = { ...experiment, number: 1 };
  const night = { ...lab, study, experiments: [older, best] };

  it("opens an earlier train.ts in the editor and queues a proposal with that base", async () => {
    const { page, client, browser, storage, send, act } = open();
    send(night);
    await act("fork");
    expect(client.loadExperiment).not.toHaveBeenCalled(); // the incumbent is shown
    page.setState({ selected: 1 });
    expect(findAction("fork").available(page.getState())).toBe(false); // the incumbent is in the editor anyway
    page.setState({ selected: 0 });
    expect(findAction("fork").label(page.getState())).toBe("Fork from #0");
    await act("fork");
    expect(page.getState().drafts.train.text).toBe("const A = 40;");
    expect(browser.jump).toHaveBeenCalledWith("train");
    // A snapshot and a reload both keep it, and unchanged it is no proposal.
    send({ ...night, incumbentSource: "const A = 9;" });
    const again = createPage({ storage, search: "", webgpu: true, theme: "system", singleKeys: true });
    expect(again.getState().drafts.train.fork).toEqual({ study: "nov20", number: 0 });
    page.setState({ hypothesis: "41 is better" });
    expect(findAction("queue-proposal").available(page.getState())).toBe(false);
    editDraft(page, storage, "train", "const A = 41;");
    await act("queue-proposal");
    expect(client.submitProposal).toHaveBeenCalledWith("const A = 41;", "41 is better", 0);
    expect(page.getState().drafts.train).toEqual({ text: "const A = 9;", base: "const A = 9;" });
  });

  it("does not take the place of a change of yours, and leads back to the incumbent", async () => {
    const { page, storage, send, act } = open();
    send(night);
    page.setState({ selected: 0 });
    editDraft(page, storage, "train", "const A = 2;");
    await act("fork");
    expect(page.getState().drafts.train.text).toBe("const A = 2;");
    expect(page.getState().failures.fork).toContain("holds a change of yours");
    await act("revert-train");
    await act("fork");
    expect(page.getState().drafts.train.text).toBe("const A = 40;");
    await act("revert-train");
    expect(page.getState().drafts.train).toEqual({ text: "const A = 1;", base: "const A = 1;" });
  });

  it("is of its own study and no other", async () => {
    const { page, client, storage, send, act } = open();
    send(night);
    page.setState({ selected: 0 });
    await act("fork");
    send({ ...night, study: study && { ...study, tag: "nov21" } });
    editDraft(page, storage, "train", "const A = 41;");
    page.setState({ hypothesis: "41" });
    await act("queue-proposal");
    expect(client.submitProposal).toHaveBeenCalledWith("const A = 41;", "41", null);
  });
});

describe("the editors", () => {
  it("save program.md, and keep text typed during the save", async () => {
    const { page, client, storage, send, act } = open();
    send(lab);
    expect(findAction("save-program").available(page.getState())).toBe(false);
    editDraft(page, storage, "program", "be careful");
    let finish: () => void = () => undefined;
    client.saveProgram.mockReturnValueOnce(new Promise((done) => (finish = done)));
    const saving = act("save-program");
    editDraft(page, storage, "program", "be careful, and brief");
    send({ ...lab, program: "be careful" });
    finish();
    await saving;
    expect(client.saveProgram).toHaveBeenCalledWith("be careful");
    expect(page.getState().drafts.program).toEqual({ text: "be careful, and brief", base: "be careful" });
  });
  it("never lose a draft to a snapshot or a reload", () => {
    const { page, storage, send } = open();
    send(lab);
    editDraft(page, storage, "train", "const A = 2;");
    send({ ...lab, incumbentSource: "const A = 3;" });
    expect(page.getState().drafts.train.text).toBe("const A = 2;");
    const again = createPage({ storage, search: "", webgpu: true, theme: "system", singleKeys: true });
    expect(again.getState().drafts.train).toEqual({ text: "const A = 2;", base: "const A = 1;" });
  });
  it("merge a new best train.ts into a change, unless both changed the same lines", async () => {
    const { page, storage, send, act } = open();
    const [a, b] = ["const A = 1;", "const B = 1;"];
    send({ ...lab, incumbentSource: [a, "", "", b].join("\n") });
    editDraft(page, storage, "train", ["const A = 2;", "", "", b].join("\n"));
    expect(findAction("merge-train").available(page.getState())).toBe(false);
    const better = [a, "", "", "const B = 3;"].join("\n");
    send({ ...lab, incumbentSource: better });
    await act("merge-train");
    const both = ["const A = 2;", "", "", "const B = 3;"].join("\n");
    expect(page.getState().drafts.train).toEqual({ text: both, base: better });
    send({ ...lab, incumbentSource: ["const A = 5;", "", "", b].join("\n") });
    await act("merge-train");
    expect(page.getState().failures["merge-train"]).toContain("same lines");
    expect(page.getState().drafts.train.text).toBe(both);
  });
  it("queue a changed train.ts with a hypothesis, and only one that type-checks", async () => {
    const { page, client, storage, send, act } = open();
    send(lab);
    editDraft(page, storage, "train", "const A = 2;");
    await act("queue-proposal");
    expect(client.submitProposal).not.toHaveBeenCalled(); // no hypothesis yet
    page.setState({ hypothesis: " twice is better " });
    client.checkSource.mockResolvedValueOnce([{ line: 1, column: 7, message: "A is wrong" }]);
    await act("queue-proposal");
    expect(client.submitProposal).not.toHaveBeenCalled();
    expect(page.getState().failures["queue-proposal"]).toBe(
      "train.ts does not type-check: line 1: A is wrong",
    );
    await act("queue-proposal");
    expect(client.submitProposal).toHaveBeenCalledWith("const A = 2;", "twice is better", null);
    expect(page.getState().queued).toBe("twice is better");
    expect(page.getState().drafts.train.text).toBe(lab.incumbentSource);
  });
});

describe("a text of one's own", () => {
  it("goes to the lab in order; its refusal is shown, and taken away by the next try", async () => {
    const { client, context, page, send } = open();
    send(lab);
    const files = ["two.md", "one.txt"].map((name) => ({ name, file: new File(["text"], name) }));
    client.importCorpus.mockRejectedValueOnce(new Error("two.md is too short"));
    await importFiles(context, files);
    expect(page.getState().failures["import-text"]).toMatch(/two\.md is too short/);
    await importFiles(context, files);
    expect(page.getState().failures["import-text"]).toBeUndefined();
    expect(client.importCorpus).toHaveBeenLastCalledWith(files);
  });
  it("is not taken while a study runs", async () => {
    const { client, context, page, send } = open();
    send({ ...lab, phase: "running" });
    await importFiles(context, [{ name: "one.txt", file: new File(["text"], "one.txt") }]);
    expect(page.getState().failures["import-text"]).toMatch(/stop it first/);
    expect(client.importCorpus).not.toHaveBeenCalled();
  });
});

describe("actions on a study of the list", () => {
  const act = (verb: StudyVerb, tag: string, context: ActionContext) =>
    perform(studyAction(verb, tag), context);

  it("open, delete and restore it, and call it by its name", async () => {
    const { client, context, page, send } = open();
    send({ ...lab, study, studies: ["nov20", "nov21"], deleted: ["nov22"], titles: { nov21: "Bases" } });
    const labels = currentActions(page.getState()).map((action) => action.label(page.getState()));
    expect(labels).toEqual(expect.arrayContaining(["Open study Bases", "Restore study nov22"]));
    expect(labels).not.toContain("Open study nov20");
    await act("open", "nov21", context);
    expect(client.openStudy).toHaveBeenCalledWith("nov21");
    await act("delete", "nov21", context);
    expect(client.deleteStudy).toHaveBeenCalledWith("nov21");
    await act("restore", "nov22", context);
    expect(client.restoreStudy).toHaveBeenCalledWith("nov22");
    send({ ...lab, study, phase: "running" });
    await act("open", "nov21", context);
    expect(client.openStudy).toHaveBeenCalledOnce();
  });

  it("show it beside the open one, also while that runs, and take it off again", async () => {
    const { client, context, page, send } = open();
    send({ ...lab, study, phase: "running", studies: ["nov20", "nov21"] });
    await act("beside", "nov21", context);
    expect(client.readStudy).toHaveBeenCalledWith("nov21");
    expect(page.getState().beside).toEqual({ tag: "nov21", experiments: [experiment] });
    send({ ...lab, study: { ...study, tag: "nov23" } as LabState["study"] });
    expect(page.getState().beside?.tag).toBe("nov21");
    send({ ...lab, study: { ...study, tag: "nov21" } as LabState["study"] });
    expect(page.getState().beside).toBeNull();
  });

  it("duplicate the open one with another program, and put both on the chart", async () => {
    const { client, page, send, act: run } = open();
    send({ ...lab, study, experiments: [experiment] });
    await run("duplicate-study");
    expect(page.getState()).toMatchObject({ dialog: "duplicate", copy: { program: "be bold" } });
    page.setState({ copy: { from: "first", program: "be careful" } });
    await run("begin-duplicate");
    expect(client.newStudy).toHaveBeenCalledWith({
      ...study?.settings,
      program: "be careful",
      train: "const A = 40;",
    });
    expect(page.getState()).toMatchObject({ dialog: null, beside: { tag: "nov20" } });
    await run("duplicate-study");
    page.setState({ copy: { from: "best", program: "be careful" } });
    await run("begin-duplicate");
    expect(client.newStudy).toHaveBeenLastCalledWith(expect.objectContaining({ train: lab.incumbentSource }));
  });
});

describe("what is not available says why", () => {
  const why = (id: string, page: PageState): string | null | undefined => findAction(id).why?.(page);

  it.each([
    ["start", { phase: "running" }, "Stop the study first"],
    ["start", { phase: "readonly" }, "Another tab owns the lab"],
    [
      "start",
      { corpusProgress: { what: "x", done: 0, total: 0, cancellable: true } },
      "The text is being read",
    ],
    ["export-bundle", {}, "Nothing has been judged yet"],
    ["save-program", {}, "Nothing has changed"],
    ["queue-proposal", {}, "Change train.ts first"],
    [
      "ablate",
      { experiments: [{ ...experiment, incumbentBpb: null }] },
      "Nothing was kept after the baseline",
    ],
  ] as const)("%s", (id, change, reason) => {
    const { page, send } = open();
    send({ ...lab, study, ...change });
    expect(findAction(id).available(page.getState())).toBe(false);
    expect(why(id, page.getState())).toBe(reason);
  });

  it("a wrong setting, and a recording", () => {
    const { page, send } = open();
    send(lab);
    page.setState(({ form }) => ({ form: { ...form, budgetSeconds: "many" } }));
    expect(why("start", page.getState())).toBe("A setting is not valid");
    page.setState({ playback: { playing: false, speed: 60, at: 0, total: 1 } });
    expect(why("save-program", page.getState())).toBe("This is a recording");
  });
});

describe("stopping now", () => {
  it("drops a young run at once, and asks before an old one", async () => {
    const { act, client, page, send } = open();
    const current = { trainedSeconds: 12 } as LabState["current"];
    send({ ...lab, study, phase: "running", current });
    await act("stop-now");
    expect(client.stopNow).toHaveBeenCalledOnce();
    send({
      ...lab,
      study,
      phase: "running",
      current: { ...current, trainedSeconds: 240 } as LabState["current"],
    });
    await act("stop-now");
    expect(client.stopNow).toHaveBeenCalledOnce();
    expect(page.getState().dialog).toBe("stop");
    await act("confirm-stop");
    expect(client.stopNow).toHaveBeenCalledTimes(2);
    expect(page.getState().dialog).toBeNull();
  });
});

describe("settings for a reader who is away", () => {
  it("are kept, and a refused notification stays off with a reason", async () => {
    const { act, browser, page } = open();
    await act("stay-awake");
    expect(browser.setStayAwake).toHaveBeenCalledWith(true);
    expect(page.getState().stayAwake).toBe(true);
    browser.setNotify.mockResolvedValueOnce(false);
    await act("notify");
    expect(page.getState().notify).toBe(false);
    expect(page.getState().failures.notify).toContain("does not allow notifications");
    await act("notify");
    expect(page.getState().notify).toBe(true);
  });
});

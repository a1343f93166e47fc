import { describe, expect, it, vi } from "vitest";
import type { ExperimentView, LabState } from "../contract/lab-state.ts";
import { FIRST_STATE } from "../lab/publisher.ts";
import { type AgentLab, agentTools } from "./agent-tools.ts";

const view = (number: number, more: Partial<ExperimentView> = {}): ExperimentView =>
  ({
    number,
    status: "keep",
    valBpb: 2 - number / 10,
    incumbentBpb: number === 0 ? null : 2,
    researcher: "lab",
    hypothesis: `idea\t${number}`,
    reason: "because",
    hidden: { testBpb: 1.2345, valBpb: 1.9 },
    control: null,
    ...more,
  }) as ExperimentView;

const CONTRADICTED = { contradicted: true, validationGain: 0.1 } as ExperimentView["control"];

function labWith(more: Partial<LabState> = {}) {
  const state: LabState = {
    ...FIRST_STATE,
    phase: "running",
    program: "lower it",
    incumbentSource: "const A = 1;\nconst B = 2;\n",
    study: { tag: "nov30", settings: { experiments: 3, budgetTokens: 0 }, noise: null } as LabState["study"],
    experiments: [view(0), view(1, { status: "discard", control: CONTRADICTED, valBpb: 1.7654 })],
    models: {
      learnings: "# Learnings\n",
      calibration: [],
      settings: { waitSeconds: 9, fillIn: false },
    } as unknown as LabState["models"],
    ...more,
  };
  const lab = {
    state: () => state,
    start: vi.fn(() => Promise.resolve()),
    checkSource: vi.fn(() => Promise.resolve([])),
    loadExperiment: vi.fn((number: number) =>
      Promise.resolve({
        number,
        source: `old ${number}`,
        parentSource: "",
        curve: [],
        message: "",
        step: null,
      }),
    ),
    submitProposal: vi.fn(() => Promise.resolve(2)),
    models: vi.fn(() => Promise.resolve(null)),
  } satisfies AgentLab;
  const tools = agentTools(lab, () => "a client");
  const run = (name: string, given: Record<string, unknown> = {}) => {
    const tool = tools.find((one) => one.name === name);
    if (tool === undefined) throw new TypeError(`no tool ${name}`);
    return tool.run(given, new AbortController().signal);
  };
  return { lab, run, tools };
}

describe("an agent's reading tools", () => {
  it("holds nothing of the hidden test, and no score that the control text contradicts", async () => {
    const { run } = labWith();
    const all = [
      await run("read_brief"),
      await run("read_results"),
      await run("read_experiment", { number: 0 }),
      await run("read_experiment", { number: 1 }),
      await run("wait_for_verdict", { number: 1 }),
    ];
    const text = JSON.stringify(all);
    expect(text).not.toMatch(/1\.2345|hidden|1\.7654|validationGain/);
    expect(text).toContain("because");
  });
  it("has a row for each experiment, with who proposed it", async () => {
    const rows = ((await labWith().run("read_results", { last: 2 })) as string).trimEnd().split("\n");
    expect(rows).toEqual([
      "number\tstatus\tval_bpb\tchange\tresearcher\thypothesis\treason",
      "0\tkeep\t2.000000\t\tlab\tidea 0\tbecause",
      "1\tdiscard\t\t\tlab\tidea 1\tbecause",
    ]);
  });
  it("is refused in one line where it is not there", async () => {
    const { run } = labWith();
    await expect(run("read_experiment", { number: 9 })).rejects.toThrow("there is no experiment #9");
    await expect(run("read_experiment", {})).rejects.toThrow("number: expected a whole number");
    await expect(run("check_types", { source: 5 })).rejects.toThrow("source: expected text");
  });
  it("is text or an object, for clients that take no list", async () => {
    const { run, tools, lab } = labWith();
    lab.models.mockResolvedValue({ outcome: "passed", words: "fast" } as never);
    const given = { source: "s", number: 0, hypothesis: "h", text: "t" };
    for (const { name } of tools) {
      const answer = await run(name, given);
      const isRecord = typeof answer === "object" && answer !== null && !Array.isArray(answer);
      expect(typeof answer === "string" || isRecord, name).toBe(true);
    }
    expect(await run("check_types", { source: "s" })).toEqual({ errors: [] });
  });
  it("before there is a study says so", async () => {
    expect(await labWith({ study: null }).run("read_brief")).toEqual({ phase: "running", study: null });
  });
});

describe("an agent's proposal", () => {
  it("is the candidate with its edits, or the whole, with the lab's line ends and a name of its own", async () => {
    const { lab, run } = labWith();
    const edits = [{ search: "const A = 1;\r\nconst B", replace: "const A = 3;\r\nconst B" }];
    expect(await run("propose", { hypothesis: "three", edits, expected: "-0.1" })).toMatchObject({
      number: 2,
    });
    expect(lab.submitProposal).toHaveBeenLastCalledWith("const A = 3;\nconst B = 2;\n", "three", null, {
      researcher: "mcp:a client",
      category: "other",
      expected: "-0.1",
    });
    await run("propose", {
      hypothesis: "w",
      source: "a\r\nb",
      base: 0,
      proposer: "builtin<b>",
      category: "mlp",
    });
    expect(lab.submitProposal).toHaveBeenLastCalledWith("a\nb", "w", 0, {
      researcher: "mcp:builtinb",
      category: "mlp",
    });
    expect(lab.start).not.toHaveBeenCalled();
  });
  it.each([
    ["in a string", JSON.stringify([{ search: "const A = 1;", replace: "const A = 3;" }])],
    ["alone", { search: "const A = 1;", replace: "const A = 3;" }],
    ["with the names of another tool", [{ old_string: "const A = 1;", new_string: "const A = 3;" }]],
    ["as blocks", "<<<<<<< SEARCH\nconst A = 1;\n=======\nconst A = 3;\n>>>>>>> REPLACE"],
    ["as a diff", "@@ -1,2 +1,2 @@\n-const A = 1;\n+const A = 3;\n const B = 2;"],
  ])("takes edits %s, and a number in words", async (_, edits) => {
    const { lab, run } = labWith({ incumbentSource: "const A = 1;\nconst B = 2;\n" });
    await run("propose", { hypothesis: "h", edits });
    expect(lab.submitProposal).toHaveBeenLastCalledWith("const A = 3;\nconst B = 2;\n", "h", null, {
      researcher: "mcp:a client",
      category: "other",
    });
    expect(await run("read_experiment", { number: "#1" })).toMatchObject({ number: 1 });
    await run("check_types", { source: "\ufeffa\r\nb\rc" });
    expect(lab.checkSource).toHaveBeenLastCalledWith("a\nb\nc");
  });
  it("resumes a study that stopped while it waited, and not a finished one", async () => {
    const idle = labWith({ phase: "idle" });
    await idle.run("propose", { hypothesis: "h", source: "s" });
    expect(idle.lab.start).toHaveBeenCalledWith({});
    const full = labWith({ experiments: [view(0), view(1), view(2)] });
    await expect(full.run("propose", { hypothesis: "h", source: "s" })).rejects.toThrow(
      "has its 3 experiments",
    );
  });
  it.each([
    [{ edits: [{ search: "const A", replace: "x" }] }, "hypothesis: expected words"],
    [{ hypothesis: "h" }, "expected edits, or the whole source"],
    [{ hypothesis: "h", edits: [{ search: "const Z", replace: "x" }] }, "not in train.ts"],
    [{ hypothesis: "h", edits: [{ search: 1 }] }, "an edit is not of the form { search, replace }"],
    [{ hypothesis: "h", source: "s", base: -1 }, "base: expected a whole number"],
  ])("is refused in one line when wrong: %j", async (given, line) => {
    const { lab, run } = labWith();
    await expect(run("propose", given)).rejects.toThrow(line);
    expect(lab.submitProposal).not.toHaveBeenCalled();
  });
});

it("a note is a line of learnings.md under the agent's name", async () => {
  const { lab, run } = labWith();
  await run("leave_note", { text: " rates matter ", proposer: "m" });
  expect(lab.models).toHaveBeenCalledWith({
    type: "learnings",
    text: "# Learnings\n- mcp:m: rates matter\n",
    base: "# Learnings\n",
  });
});

it("waiting ends with the verdict, or with the progress", async () => {
  const current = { number: 2, stage: "training" } as LabState["current"];
  expect(await labWith({ current }).run("wait_for_verdict", { number: 2, seconds: 0 })).toMatchObject({
    status: "running",
    stage: "training",
  });
  expect(await labWith({ phase: "idle" }).run("wait_for_verdict", { number: 2 })).toMatchObject({
    status: "waiting",
    phase: "idle",
  });
});

it("waiting follows a proposal that got a later number than it was promised", async () => {
  const other = view(2, { researcher: "model", hypothesis: "another" });
  const { lab, run } = labWith();
  await run("propose", { hypothesis: "three", source: "s" });
  const state = lab.state();
  const experiments = [...state.experiments, other];
  lab.state = () => ({ ...state, experiments });
  expect(await run("wait_for_verdict", { number: 2, seconds: 0 })).toMatchObject({ status: "waiting" });
  experiments.push(view(3, { researcher: "mcp:a client", hypothesis: "three", status: "discard" }));
  expect(await run("wait_for_verdict", { number: 2 })).toMatchObject({ number: 3, status: "discard" });
  expect(await run("wait_for_verdict", { number: 3 })).toMatchObject({ number: 3 });
});

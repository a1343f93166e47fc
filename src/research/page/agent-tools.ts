// The tools of an agent from outside: read, check, rehearse, propose, wait, leave a note. The headless lab serves them
// over the Model Context Protocol, the page offers them to a browser with agents of its own. They use the lab's client
// and nothing else.
import { applyEdits, readEdits } from "../../researchers/index.ts";
import type { ExperimentView, LabClient, LabState, Proposer } from "../contract/lab-state.ts";
import { asSource, excerpt } from "../../text.ts";
import { briefOf, experimentOf, resultsOf, verdictOf } from "./agent-study.ts";

/** The part of the lab that the tools use: the page's client, or a connection to it. */
export interface AgentLab extends Pick<
  LabClient,
  "start" | "checkSource" | "loadExperiment" | "submitProposal" | "models"
> {
  state(): LabState | Promise<LabState>;
}

export interface AgentTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: {
    readonly type: "object";
    readonly properties: Readonly<Record<string, object>>;
    readonly required?: string[];
  };
  readonly readOnly: boolean;
  /** Resolves with text, or an object to show as JSON (Gemini takes no list). Rejects with a one-line error and a hint. */
  run(given: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<unknown>;
}

const text = (description: string) => ({ type: "string", description });
const number = (description: string) => ({ type: "integer", minimum: 0, description });
const SOURCE = text("The whole train.ts.");
const POLL = 1000; // ms between two looks at a verdict

/** `name`: the proposer's name, unless the agent gives its own. */
export function agentTools(lab: AgentLab, name: () => string): readonly AgentTool[] {
  const read = (
    name: string,
    description: string,
    run: AgentTool["run"],
    properties = {},
    required: string[] = [],
  ): AgentTool => ({
    name,
    description,
    readOnly: true,
    run,
    inputSchema: { type: "object", properties, required },
  });
  const mine: Mine = new Map();
  const write = (...given: Parameters<typeof read>): AgentTool => ({ ...read(...given), readOnly: false });
  return [
    read(
      "read_brief",
      "The task: the score to beat, text, machine, the running experiment. Read it first.",
      async () => briefOf(await lab.state()),
    ),
    read(
      "read_program",
      "program.md: the human's instructions, in plain words.",
      async () => (await lab.state()).program,
    ),
    read(
      "read_candidate",
      "The incumbent's train.ts, which a proposal changes.",
      async () => (await lab.state()).incumbentSource,
    ),
    read(
      "read_results",
      "What was tried, as tab-separated rows, oldest first.",
      async (given) => resultsOf(await lab.state(), count(given, "last") ?? 50),
      { last: number("How many; 50 when absent.") },
    ),
    read(
      "read_experiment",
      "One experiment: verdict, train.ts, loss curve, where its step goes.",
      async (given) => {
        const wanted = must(count(given, "number"), "number");
        return experimentOf(await experiment(lab, wanted), await lab.loadExperiment(wanted));
      },
      { number: number("Its number; 0 is the baseline.") },
      ["number"],
    ),
    read("read_manual", "The documented types of nn and prepare, all that train.ts may import.", async () => {
      const answer = await lab.models({ type: "manual" });
      return answer !== null && "manual" in answer ? answer.manual : "";
    }),
    read(
      "check_types",
      "Type errors of a train.ts; `errors` is empty when there are none.",
      async (given) => ({ errors: await lab.checkSource(sourceOf(given)) }),
      { source: SOURCE },
      ["source"],
    ),
    read(
      "rehearse",
      "Runs three steps of a train.ts while nothing trains; `later` when something does.",
      async (given) => lab.models({ type: "rehearse", source: sourceOf(given) }),
      { source: SOURCE },
      ["source"],
    ),
    write(
      "propose",
      "Queues an experiment: the next free slot is its. Give edits of the candidate, or the whole source. A type error or a repetition is refused at once.",
      (given) => propose(lab, given, name(), mine),
      {
        hypothesis: text("The change, with old and new value, and why it should lower val_bpb; one line."),
        edits: {
          type: "array",
          description: "Each search text must occur exactly once in the train.ts it changes.",
          items: {
            type: "object",
            properties: { search: { type: "string" }, replace: { type: "string" } },
            required: ["search", "replace"],
          },
        },
        source: SOURCE,
        expected: text("The val_bpb you expect, or the change, such as -0.01."),
        falsify: text("What result would prove you wrong."),
        category: text("numeric, architecture, attention, mlp, optimizer, schedule, … one word."),
        base: number("To start from another experiment than the incumbent: its number."),
        proposer: text("Your own name, as the notebook shall have it, such as the name of your model."),
      },
      ["hypothesis"],
    ),
    read(
      "wait_for_verdict",
      "The verdict on an experiment, as soon as it is there; after `seconds` how far it is.",
      (given, signal) =>
        wait(lab, must(count(given, "number"), "number"), count(given, "seconds") ?? 45, mine, signal),
      { number: number("Its number."), seconds: number("How long to wait; 45 when absent.") },
      ["number"],
    ),
    write(
      "leave_note",
      "Adds a line to learnings.md, which every researcher of this study reads.",
      async (given) => {
        const models = (await lab.state()).models;
        const base = models?.learnings ?? "";
        const line = `- ${proposerOf(given, name())}: ${words(given, "text")}\n`;
        const whole = `${base}${base === "" || base.endsWith("\n") ? "" : "\n"}${line}`;
        await lab.models({ type: "learnings", text: whole, base });
        return "noted";
      },
      { text: text("One line."), proposer: text("Your own name.") },
      ["text"],
    ),
  ];
}

async function experiment(lab: AgentLab, number: number) {
  const { experiments } = await lab.state();
  const found = experiments.find((view) => view.number === number);
  if (found === undefined)
    throw new RangeError(`there is no experiment #${number}; the last one is #${experiments.length - 1}`);
  return found;
}

/** The proposals of this agent, by the number each was promised. */
type Mine = Map<number, Pick<ExperimentView, "hypothesis" | "researcher">>;

/**
 * The experiment with this number. A proposal that was promised the number may have got a later one, because a researcher
 * was already at work on it.
 */
function experimentFor(number: number, mine: Mine, experiments: readonly ExperimentView[]) {
  const promised = mine.get(number);
  return experiments.find((view) => {
    if (promised === undefined) return view.number === number;
    const { hypothesis, researcher } = promised;
    return view.number >= number && view.hypothesis === hypothesis && view.researcher === researcher;
  });
}

async function propose(lab: AgentLab, given: Readonly<Record<string, unknown>>, name: string, mine: Mine) {
  const state = await lab.state();
  const limit = state.study?.settings.experiments ?? 0;
  if (limit > 0 && state.experiments.length >= limit)
    throw new RangeError(`the study has its ${limit} experiments: --experiments raises the number`);
  const base = count(given, "base");
  const source = await proposed(lab, given, base);
  const optional = (field: "category" | "expected" | "falsify") =>
    given[field] === undefined ? {} : { [field]: words(given, field) };
  const by: Proposer = {
    researcher: proposerOf(given, name),
    category: "other",
    ...optional("category"),
    ...optional("expected"),
    ...optional("falsify"),
  };
  const hypothesis = words(given, "hypothesis");
  const number = await lab.submitProposal(source, hypothesis, base, by);
  mine.set(number, { hypothesis: excerpt(hypothesis), researcher: by.researcher });
  // Continues a study that stopped for want of proposals.
  if (state.phase === "idle") await lab.start({});
  return { number, researcher: by.researcher, hint: `wait_for_verdict with number ${number}` };
}

/** The train.ts of a proposal: its source, or the train.ts of the base (null: the incumbent) with its edits. */
async function proposed(
  lab: AgentLab,
  given: Readonly<Record<string, unknown>>,
  base: number | null,
): Promise<string> {
  if (given.source !== undefined) return sourceOf(given);
  const edits = await readEdits(given.edits);
  if (edits.length === 0) throw new TypeError("propose: expected edits, or the whole source");
  const from = base === null ? (await lab.state()).incumbentSource : (await lab.loadExperiment(base)).source;
  return applyEdits(from, edits);
}

async function wait(
  lab: AgentLab,
  number: number,
  seconds: number,
  mine: Mine,
  signal: AbortSignal,
): Promise<unknown> {
  const end = Date.now() + 1000 * seconds;
  for (;;) {
    const { experiments, current, phase, error } = await lab.state();
    const view = experimentFor(number, mine, experiments);
    if (view) return verdictOf(view);
    const left = end - Date.now();
    if (left <= 0 || signal.aborted || phase === "failed" || phase === "idle") {
      const running = current?.number === number ? current.stage : null;
      return { number, status: running === null ? "waiting" : "running", stage: running, phase, error };
    }
    await new Promise((done) => setTimeout(done, Math.min(POLL, left)));
  }
}

// Arguments, which come from a model

function words(given: Readonly<Record<string, unknown>>, name: string): string {
  const value = given[name];
  if (typeof value === "string" && value.trim() !== "") return value.trim().slice(0, 2000);
  throw new TypeError(`${name}: expected words`);
}

function sourceOf({ source }: Readonly<Record<string, unknown>>): string {
  if (typeof source === "string") return asSource(source);
  throw new TypeError("source: expected text");
}

function count(given: Readonly<Record<string, unknown>>, name: string): number | null {
  const written = given[name];
  if (written === undefined || written === null) return null;
  const value =
    typeof written === "string" && /^#?\d+$/.test(written) ? Number(written.replace("#", "")) : written;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw new TypeError(`${name}: expected a whole number`);
}

function must(value: number | null, name: string): number {
  if (value === null) throw new TypeError(`${name}: expected a whole number`);
  return value;
}

/** `mcp:NAME`: the prefix sets an outside proposer apart from the lab's own researchers. */
function proposerOf({ proposer }: Readonly<Record<string, unknown>>, name: string): string {
  const chosen = typeof proposer === "string" && proposer.trim() !== "" ? proposer : name;
  const plain = chosen.replace(/[^\p{L}\p{N} ._/@+-]/gu, "").trim();
  return `mcp:${plain.slice(0, 60) || "agent"}`;
}

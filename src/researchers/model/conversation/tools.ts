// A model's tools: look things up, change a working copy of train.ts, check it, submit. The set is fixed: no text that
// a tool returns can add one, and no tool reaches beyond this folder. Their results are quoted as data.
import { LabError } from "../../../error.ts";
import type { Brief, HistoryEntry } from "../../researcher.ts";
import { type Submission, submissionOf } from "../answer/submission.ts";
import type { ToolCall, ToolSpec } from "../wire/channel.ts";
import { applyEdits } from "../answer/edits.ts";
import { looseJson } from "../answer/loose-json.ts";
import type { Facts } from "../material/facts.ts";
import type { Fence } from "../material/quote-untrusted.ts";
import { KNOWN_CATEGORIES } from "../material/insight.ts";
import type { Checks, Rehearsed } from "./review.ts";
import { describeCurve } from "../prompt/sections/curves.ts";
import { bytes, count, diffOf, label, score, signed } from "../prompt/sections/words.ts";

const text = (description: string) => ({ type: "string", description });
const integer = (description: string) => ({ type: "integer", description });
const object = (properties: Record<string, unknown>, required: readonly string[]) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

/** All tools of a model. `typeCheck` and `rehearse` are offered only if the lab supports them. */
export const TOOLS: readonly ToolSpec[] = [
  {
    name: "readFile",
    description:
      "Read a file: train.ts (your working copy), program.md, learnings.md, manual.d.ts and others listed when a name is unknown.",
    parameters: object({ path: text("Name of the file"), from: integer("First line to read, from 1") }, [
      "path",
    ]),
  },
  {
    name: "readExperiment",
    description:
      "Read one experiment of the notebook: hypothesis, result, diff against its parent, curve, lesson.",
    parameters: object({ number: integer("Number of the experiment") }, ["number"]),
  },
  {
    name: "searchNotebook",
    description: "Find experiments whose hypothesis, diff, reason or lesson holds these words.",
    parameters: object({ query: text("A few words or names") }, ["query"]),
  },
  {
    name: "startFrom",
    description: "Replace your working copy by the train.ts of an experiment, to go on from an earlier one.",
    parameters: object({ number: integer("Number of the experiment") }, ["number"]),
  },
  {
    name: "edit",
    description: "Change your working copy of train.ts: the search text must occur exactly once.",
    parameters: object(
      { search: text("Lines copied exactly from train.ts"), replace: text("What to put in their place") },
      ["search", "replace"],
    ),
  },
  {
    name: "typeCheck",
    description: "Type-check your working copy.",
    parameters: object({}, []),
  },
  {
    name: "rehearse",
    description:
      "Compile your working copy and run a few steps on noise: does it crash, how long is a step, how much memory does it take?",
    parameters: object({}, []),
  },
  {
    name: "submit",
    description: "Propose your working copy, with any further edits, as the next experiment. Ends your turn.",
    parameters: object(
      {
        hypothesis: text("The change, with old and new value, and why it should lower val_bpb, in a line"),
        expected: text("The val_bpb or change you expect, in a line"),
        falsify: text("What result would prove you wrong, in a line"),
        category: { type: "string", enum: KNOWN_CATEGORIES, description: "What kind of change it is" },
        edits: {
          type: "array",
          description: "Further edits of the working copy, applied in order; may be empty",
          items: object({ search: text("Lines copied exactly"), replace: text("Their replacement") }, [
            "search",
            "replace",
          ]),
        },
      },
      ["hypothesis", "expected", "falsify"],
    ),
  },
];

type ToolResult =
  | { readonly kind: "answer"; readonly text: string }
  | { readonly kind: "submit"; readonly submission: Submission; readonly source: string };

const MAX_CHARACTERS = 12_000;

const REHEARSED: Readonly<Record<Rehearsed["outcome"], (words: string) => string>> = {
  passed: (words) => `It rehearses: ${words}`,
  failed: (words) => `It fails: ${words}`,
  later: (words) =>
    `It cannot be rehearsed now (${words}). Submit when you are ready: it is rehearsed before its run, and comes back to you with the error if it fails.`,
};

/** The working copy of one conversation, and the tools on it. */
export class RunTools {
  #source: string;
  /** The experiment that the working copy was taken from; null: the incumbent. */
  #base: number | null = null;
  readonly #brief: Brief;
  readonly #facts: Facts;
  readonly #fence: Fence;
  readonly #bench: Checks;

  constructor(brief: Brief, facts: Facts, fence: Fence, bench: Checks) {
    this.#source = brief.source;
    this.#brief = brief;
    this.#facts = facts;
    this.#fence = fence;
    this.#bench = bench;
  }

  get tools(): readonly ToolSpec[] {
    return TOOLS.filter(
      ({ name }) =>
        (name !== "typeCheck" || this.#bench.check !== undefined) &&
        (name !== "rehearse" || this.#bench.rehearse !== undefined),
    );
  }

  /** Runs a call. Throws `proposal` for a mistake of the model; the message is for the model. */
  async run(call: Pick<ToolCall, "name" | "input">, signal: AbortSignal): Promise<ToolResult> {
    // gpt-oss writes "functions.submit" and "submit<|channel|>json".
    const name = call.name.replace(/^functions\./, "").replace(/<\|.*$/, "");
    const input = typeof call.input === "string" ? await looseJson(call.input) : call.input;
    const known = this.tools.some((tool) => tool.name === name);
    if (known && (typeof input !== "object" || input === null)) {
      throw new LabError("proposal", { what: `the arguments of ${name} are not a JSON object` });
    }
    const fields = typeof input === "object" && input !== null ? (input as Record<string, unknown>) : {};
    const answer = (words: string): ToolResult => ({ kind: "answer", text: words });
    switch (known ? name : "") {
      case "readFile":
        return answer(this.#readFile(String(fields.path ?? ""), Number(fields.from ?? 1)));
      case "readExperiment":
        return answer(this.#readExperiment(this.#find(fields.number)));
      case "searchNotebook":
        return answer(this.#search(String(fields.query ?? "")));
      case "startFrom": {
        const entry = this.#find(fields.number);
        this.#source = entry.source;
        this.#base = entry.number;
        return answer(`Your working copy is now the train.ts of #${entry.number}.`);
      }
      case "edit": {
        const edit = { search: String(fields.search ?? ""), replace: String(fields.replace ?? "") };
        this.#source = applyEdits(this.#source, [edit]);
        return answer("Done.");
      }
      case "typeCheck": {
        const error = (await this.#bench.check?.(this.#source, signal)) ?? null;
        return answer(
          error === null ? "It type-checks." : `It does not type-check: ${this.#fence.inline(error, 1000)}`,
        );
      }
      case "rehearse": {
        const rehearsal = await this.#bench.rehearse?.(this.#source, signal);
        const words = this.#fence.inline(rehearsal?.words ?? "", 1000);
        return answer(REHEARSED[rehearsal?.outcome ?? "later"](words));
      }
      case "submit": {
        const submission = await submissionOf(input);
        const source = submission.whole ?? applyEdits(this.#source, submission.edits);
        // The applied edits stay, so that a repair starts from the last state and not from the first.
        this.#source = source;
        return { kind: "submit", submission: { ...submission, base: submission.base ?? this.#base }, source };
      }
      default:
        throw new LabError("proposal", {
          what: "there is no such tool",
          got: name.slice(0, 60),
          expected: this.tools.map((tool) => tool.name).join(", "),
        });
    }
  }

  /**
   * The train.ts of an answer in the single-answer form. The answer is complete, so the working copy stays as it is.
   */
  applied({ base, whole, edits }: Submission): string {
    if (whole !== null) return whole;
    const here = base === null || base === this.#base;
    const from = here
      ? this.#source
      : base === this.#brief.incumbent?.number
        ? this.#brief.source
        : this.#find(base).source;
    return applyEdits(from, edits);
  }

  #readFile(path: string, from: number): string {
    const files: Record<string, string> = {
      "train.ts": this.#source,
      "program.md": this.#brief.program,
      "manual.d.ts": this.#brief.manual,
      ...(this.#facts.learnings === undefined ? {} : { "learnings.md": this.#facts.learnings }),
    };
    if (!Object.hasOwn(files, path)) {
      throw new LabError("proposal", {
        what: "there is no such file",
        got: path.slice(0, 80),
        expected: Object.keys(files).join(", "),
      });
    }
    const lines = (files[path] ?? "").split("\n");
    const start = Number.isInteger(from) && from > 1 ? from - 1 : 0;
    const shown = lines.slice(start).join("\n");
    const cut =
      shown.length > MAX_CHARACTERS ? shown.slice(0, MAX_CHARACTERS).replace(/\n[^\n]*$/, "") : shown;
    const next = start + cut.split("\n").length;
    const more = next < lines.length ? `\nThere is more: read on from line ${next + 1}.` : "";
    return `${this.#fence.quote(label(path), cut)}${more}`;
  }

  #find(value: unknown): HistoryEntry {
    const entry = this.#brief.history.find(({ number }) => number === Number(value));
    if (entry) return entry;
    const last = this.#brief.history.at(-1);
    throw new LabError("proposal", {
      what: "there is no such experiment",
      got: String(value).slice(0, 20),
      expected: last ? `0 to ${last.number}` : "none has run yet",
    });
  }

  #readExperiment(entry: HistoryEntry): string {
    const fence = this.#fence;
    const parent = this.#brief.history.find(({ number }) => number === entry.parent);
    const run = this.#facts.runs?.(entry.number) ?? {};
    const measured = [
      ...(run.steps === undefined ? [] : [`${count(run.steps)} steps`]),
      ...(run.tokensPerSecond === undefined ? [] : [`${count(run.tokensPerSecond)} tokens a second`]),
      ...(run.parameters === undefined ? [] : [`${count(run.parameters)} parameters`]),
      ...(run.peakBytes === undefined ? [] : [`${bytes(run.peakBytes)} at peak`]),
    ].join(", ");
    const scored =
      entry.valBpb === null
        ? "no score"
        : `${score(entry.valBpb)}${entry.incumbentBpb === null ? "" : ` (${signed(entry.valBpb - entry.incumbentBpb)})`}`;
    const rows: readonly (readonly [string, string])[] = [
      ["Hypothesis", fence.inline(entry.hypothesis, 600)],
      ["Expected", run.expected ? fence.inline(run.expected) : ""],
      ["Falsify", run.falsify ? fence.inline(run.falsify) : ""],
      ["Ended", entry.reason === "" ? "" : fence.inline(entry.reason, 600)],
      ["Lesson", entry.lesson === "" ? "" : fence.inline(entry.lesson, 600)],
      ["Run", measured],
      ["Loss", run.curve && run.curve.length > 1 ? describeCurve(run.curve) : ""],
    ];
    const lines = rows.flatMap(([name, words]) => (words === "" ? [] : [`${name}: ${words}`]));
    const diff = parent
      ? fence.quote(`diff against #${parent.number}`, diffOf(parent.source, entry.source, 200))
      : fence.quote("train.ts", entry.source);
    return [`#${entry.number} ${entry.status} ${scored} [${label(entry.category)}]`, ...lines, diff].join(
      "\n",
    );
  }

  #search(query: string): string {
    const words = query
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word.length > 1);
    if (words.length === 0) throw new LabError("proposal", "the search has no words");
    const byNumber = new Map(this.#brief.history.map((entry) => [entry.number, entry]));
    const found = this.#brief.history
      .map((entry) => {
        const parent = entry.parent === null ? undefined : byNumber.get(entry.parent);
        const diff = parent ? diffOf(parent.source, entry.source, 400) : "";
        const haystack = [entry.hypothesis, entry.reason, entry.lesson, entry.category, diff]
          .join("\n")
          .toLowerCase();
        return { entry, hits: words.filter((word) => haystack.includes(word)).length };
      })
      .filter(({ hits }) => hits > 0)
      .sort((a, b) => b.hits - a.hits || b.entry.number - a.entry.number)
      .slice(0, 12);
    if (found.length === 0) return "No experiment of the notebook holds these words.";
    return found
      .map(({ entry }) => {
        const change =
          entry.valBpb === null || entry.incumbentBpb === null
            ? ""
            : ` ${signed(entry.valBpb - entry.incumbentBpb)}`;
        return `- #${entry.number} ${entry.status}${change} ${this.#fence.inline(entry.hypothesis, 200)}`;
      })
      .join("\n");
  }
}

// The single-answer form, for models without tools: a few labelled lines, then search/replace blocks or the whole file.
// The parser is lenient, because small models answer in the form they were trained on: a diff, JSON, a tool call as
// text. For an unreadable answer it throws an error that names the missing part.
import { LabError } from "../../../error.ts";
import { asSource } from "../../../text.ts";
import { readBlocks, readDiff, readTags, readWhole, SEARCH } from "./blocks.ts";
import { looseJson, objectsIn } from "./loose-json.ts";
import { isSubmission, type Submission, submissionOf } from "./submission.ts";
import { withoutThoughts } from "./thoughts.ts";
import { callsIn } from "./tool-text.ts";

/** The part of the prompt that describes the form. */
export const ANSWER_FORM = `Answer with exactly this, and nothing after it:

HYPOTHESIS: the change, with old and new value, and why it should lower val_bpb (one line)
EXPECTED: the val_bpb or change you expect (one line)
FALSIFY: the result that would prove you wrong (one line)
CATEGORY: one of numeric, architecture, attention, mlp, normalisation, embedding, optimizer, schedule, initialisation, regularisation, kernel, simplification, other
BASE: only to start from another experiment than the incumbent: its number

<<<<<<< SEARCH
lines of train.ts, copied exactly, that occur exactly once
=======
the lines to put in their place
>>>>>>> REPLACE

Use as many SEARCH/REPLACE blocks as you need. Only to rewrite most of the file, give instead the whole new train.ts
in one \`\`\`ts block.`;

/** A shorter description of the form. */
export const SHORT_FORM = `Answer with exactly this:
HYPOTHESIS: the change, and why it should lower val_bpb
<<<<<<< SEARCH
lines of train.ts that occur exactly once
=======
the lines to put in their place
>>>>>>> REPLACE`;

/** Parses an answer. Throws `proposal` when it has no hypothesis or changes nothing. */
export async function parseAnswer(answer: string): Promise<Submission> {
  const text = withoutThoughts(asSource(answer));
  const calls = await callsIn(text, ["submit"]);
  const call = calls.at(-1);
  if (call) return changing(await submissionOf(call.input));
  const drafts = draftsOf(text);
  const read = drafts.map((draft, i) => changesOf(draft, text, i === drafts.length - 1));
  const form = read.findLast((one) => one !== null) ?? null;
  const json = form === null || form.edits.length === 0 ? await jsonAnswer(text) : null;
  if (json) return changing(json);
  if (!form) throw new LabError("proposal", NOTHING);
  const { hypothesis } = form;
  if (hypothesis === null) {
    throw new LabError("proposal", {
      what: "the answer has no hypothesis",
      expected: "a line HYPOTHESIS: …",
    });
  }
  return { ...form, hypothesis };
}

const NOTHING = {
  what: "the answer changes nothing",
  expected: "<<<<<<< SEARCH … ======= … >>>>>>> REPLACE blocks, or the whole train.ts in a ```ts block",
};

function changing(submission: Submission): Submission {
  if (submission.edits.length > 0 || submission.whole !== null) return submission;
  throw new LabError("proposal", NOTHING);
}

/** Splits a text that holds several answers in a row: each begins with its hypothesis. The last one counts. */
function draftsOf(text: string): string[] {
  const starts = [...text.matchAll(FIELD("HYPOTHESIS"))].map(({ index }) => index);
  if (starts.length < 2) return [text];
  return starts.map((start, i) => text.slice(i === 0 ? 0 : start, starts[i + 1]));
}

type Form = Omit<Submission, "hypothesis"> & { hypothesis: string | null };

/** Null when the draft changes nothing. An incomplete draft is an error only if it is the last one. */
function changesOf(draft: string, text: string, last: boolean): Form | null {
  try {
    return formOf(draft, text);
  } catch (error) {
    if (last || !(error instanceof LabError)) throw error;
    return null;
  }
}

function formOf(draft: string, text: string): Form | null {
  const blocks = readBlocks(draft);
  const edits = [blocks, readTags(draft)].find(({ length }) => length > 0) ?? readDiff(draft);
  const whole = edits.length > 0 ? null : readWhole(draft);
  if (edits.length === 0 && whole === null) return null;
  const head =
    blocks.length > 0 ? draft.slice(0, draft.search(SEARCH)) : (draft.split(/^\s*```/m)[0] ?? draft);
  // Some models write these lines after the blocks.
  const field = (name: string) => readField(head, name) ?? readField(draft, name) ?? readField(text, name);
  const base = /\d+/.exec(field("BASE") ?? "")?.[0];
  return {
    hypothesis: field("HYPOTHESIS"),
    expected: field("EXPECTED"),
    falsify: field("FALSIFY"),
    category: field("CATEGORY"),
    base: base === undefined ? null : Number(base),
    edits,
    whole,
  };
}

/** A labelled line, with any Markdown decoration; colons may be full-width. */
const FIELD = (name: string) =>
  new RegExp(String.raw`^[ \t>#*_-]*${name}[*_]*[ \t]*[:：][*_]*[ \t]*(.+)$`, "gim");

const TAGGED = (name: string) => new RegExp(String.raw`<${name}>\s*(.+?)\s*</${name}>`, "i");

function readField(text: string, name: string): string | null {
  const written = FIELD(name).exec(text) ?? TAGGED(name).exec(text);
  const value = written?.[1]?.replace(/[*_]+$/, "").trim() ?? "";
  return value === "" || /^(none|n\/a|-|null)$/i.test(value) ? null : value;
}

/**
 * `{ "hypothesis": …, "edits": [{ "search", "replace" }] }` anywhere in the text: some models are trained to answer so.
 */
async function jsonAnswer(text: string): Promise<Submission | null> {
  let found: unknown;
  for (const { text: candidate } of objectsIn(text)) {
    if (!/hypothesis/.test(candidate)) continue;
    const value = await looseJson(candidate);
    if (isSubmission(value)) found = value;
  }
  return found === undefined ? null : submissionOf(found);
}

// The fields of a record that the experiment's commit holds: the notebook's file does not repeat them, and a lost
// record is recovered from them.
import { type CommitEntry, composeMessage, parseMessage } from "../../repo/index.ts";
import type { StoredRecord } from "../contract/experiment.ts";
import type { ExperimentStatus } from "../contract/lab-state.ts";
import { bodyOf, type StudyFacts, trailersOf } from "./notebook.ts";

type CommitWords = Pick<CommitEntry, "subject" | "body" | "trailers" | "date">;

const TEXTS = {
  Category: "category",
  Researcher: "researcher",
  Reason: "reason",
  Lesson: "lesson",
  Device: "device",
} as const;
const NUMBERS = {
  Experiment: "number",
  Seed: "seed",
  Tokens: "tokens",
  Steps: "steps",
  Seconds: "seconds",
  Parameters: "parameters",
  "Peak-Bytes": "peakBytes",
  "Val-Bpb": "valBpb",
  // Trailers of a study whose arena is not the GPT's.
  Score: "valBpb",
  Ticks: "tokens",
  Incumbent: "incumbentBpb",
} as const;

/** Subject, body and trailers of an experiment's commit. */
export function wordsOf(record: StoredRecord, facts: StudyFacts) {
  return {
    subject: record.hypothesis.split("\n")[0] ?? "",
    body: bodyOf(record),
    trailers: trailersOf(record, facts),
  };
}

/** The fields that can be read back from the commit of this record. */
export function saidByCommit(record: StoredRecord, facts: StudyFacts): Partial<StoredRecord> {
  const { subject, body, trailers } = wordsOf(record, facts);
  const message = parseMessage(composeMessage(subject, body, trailers));
  return fieldsOf({ ...message, date: new Date(record.finishedAt) });
}

/** The fields that these words hold; a field whose number is malformed is absent. */
export function fieldsOf({ subject, body, trailers, date }: CommitWords): Partial<StoredRecord> {
  const found: Record<string, unknown> = { hypothesis: hypothesisOf(subject, body) };
  const said = (key: string) => trailers.find(([name]) => name === key)?.[1];
  for (const [trailer, field] of Object.entries(TEXTS)) {
    const text = said(trailer);
    if (text !== undefined) found[field] = text;
  }
  for (const [trailer, field] of Object.entries(NUMBERS)) {
    const text = said(trailer) ?? "";
    if (/^-?\d+(\.\d+)?$/.test(text) && Number.isFinite(Number(text))) found[field] = Number(text);
  }
  const { tokens, seconds } = found as Partial<StoredRecord>;
  if (tokens !== undefined && seconds !== undefined)
    found.tokensPerSecond = seconds > 0 ? fourDigits(tokens / seconds) : 0;
  const status = STATUSES.find((word) => word === said("Status"));
  if (status !== undefined) found.status = status;
  // git stores whole seconds.
  if (Number.isFinite(date.getTime())) found.finishedAt = Math.floor(date.getTime() / 1000) * 1000;
  return found;
}

/** Rounds to four significant digits: further ones are noise that a notebook cannot compress. */
export const fourDigits = (value: number): number => Number(value.toPrecision(4));

const STATUSES: readonly ExperimentStatus[] = ["keep", "discard", "crash", "invalid"];

/** The full hypothesis: where the subject was cut, the body begins with the whole of it. */
function hypothesisOf(subject: string, body: string): string {
  const [first = ""] = body.split("\n\n");
  const cut = subject.endsWith("…") && first.startsWith(subject.slice(0, -1).trimEnd());
  return cut ? first : subject;
}

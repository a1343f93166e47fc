// Reads the record of an experiment from the notebook's file, and makes its views for the page and for researchers. Its
// train.ts and its commit are in git, and are added when the record is read.
import type { HistoryEntry } from "../../researchers/index.ts";
import { type Curve, figuresOf } from "../../runner/index.ts";
import type {
  ExperimentEvent,
  ExperimentRecord,
  ExperimentStatus,
  ExperimentView,
  ShownFigures,
  StoredRecord,
} from "../contract/lab-state.ts";
import type { ScoredRun } from "../verdict/verdict.ts";
import { LabError } from "../../error.ts";
import { excerpt } from "../../text.ts";
import { comparedForecast } from "./forecast.ts";
import { type PackedCurve, type PackedStep, unpackCurve, unpackStep } from "./packed.ts";

/** Defaults of fields that earlier versions of the lab did not write. */
const UNSAID = {
  incumbentRuns: [],
  chunkBytes: [],
  codeTokens: 0,
  evidence: null,
  hidden: null,
  overheadSeconds: 0,
} as const;

const TEXTS = [
  "status",
  "hypothesis",
  "category",
  "researcher",
  "reason",
  "lesson",
  "device",
  "sample",
] as const;
const NUMBERS = [
  "number",
  "seed",
  "tokens",
  "tokensPerSecond",
  "steps",
  "seconds",
  "overheadSeconds",
  "parameters",
  "peakBytes",
  "finishedAt",
  "wallSeconds",
  "codeTokens",
] as const;
const MAYBE_NUMBERS = ["parent", "base", "valBpb", "incumbentBpb"] as const;
const LISTS = ["runs", "incumbentRuns", "chunkBytes", "probes", "curve"] as const;

/** Fields that the file leaves out where the commit holds them. Status, scores and number are in both, to compare. */
export const LEFT_OUT = [
  "hypothesis",
  "category",
  "researcher",
  "reason",
  "lesson",
  "device",
  "seed",
  "tokens",
  "tokensPerSecond",
  "steps",
  "seconds",
  "parameters",
  "peakBytes",
  "finishedAt",
] as const;

/**
 * Reads a notebook's file, which is untrusted; `said`: the fields that its commit holds. LabError "git" names the
 * malformed field.
 */
export function parseRecord(text: string, said: Partial<StoredRecord> = {}): StoredRecord {
  const found: unknown = attempt(text);
  if (typeof found !== "object" || found === null || Array.isArray(found))
    throw broken("it is not a JSON object", text);
  const record: Record<string, unknown> = {
    ...UNSAID,
    ...leftOut(said),
    ...unpacked(found as Record<string, unknown>),
  };
  const must = (keys: readonly string[], what: string, fits: (value: unknown) => boolean) => {
    for (const key of keys) if (!fits(record[key])) throw broken(`its ${key} is not ${what}`, record[key]);
  };
  must(TEXTS, "a text", (value) => typeof value === "string");
  must(NUMBERS, "a finite number", Number.isFinite);
  must(
    MAYBE_NUMBERS,
    "a finite number or null",
    (value) => (value ?? null) === null || Number.isFinite(value),
  );
  must(LISTS, "a list", Array.isArray);
  must(["digest"], "a text", (value) => value === undefined || typeof value === "string");
  must(
    ["evidence"],
    "five numbers or null",
    (value) =>
      value === null ||
      EVIDENCE.every((key) => Number.isFinite((value as Record<string, unknown> | undefined)?.[key])),
  );
  must(
    ["control"],
    "a score on the control text",
    (value) => value === undefined || Number.isFinite((value as { bpb?: unknown } | null)?.bpb),
  );
  must(["runs", "incumbentRuns"], "a list of scored runs", (runs) =>
    (runs as Partial<ScoredRun>[]).every(isScored),
  );
  return record as unknown as StoredRecord;
}

const leftOut = (said: Partial<StoredRecord>): Partial<StoredRecord> =>
  Object.fromEntries(LEFT_OUT.filter((field) => field in said).map((field) => [field, said[field]]));

/** The fields of a file of version 2 or 3 as those of a record. */
function unpacked(found: Record<string, unknown>): Record<string, unknown> {
  const { version, curve, step, stepMs, ...rest } = found;
  if (version === undefined) return found;
  if (version !== 2 && version !== 3) throw broken("it is of another version of the lab", version);
  const { ticks, nat, seconds, loss } = (curve ?? {}) as Partial<PackedCurve>;
  const numbers = (list: unknown): list is number[] => Array.isArray(list) && list.every(Number.isFinite);
  const positive = (value: unknown): value is number => Number.isFinite(value) && Number(value) > 0;
  const sound = positive(ticks) && (nat === undefined || positive(nat));
  if (!sound || !numbers(seconds) || !Array.isArray(loss))
    throw broken("its curve is not a packed one", curve);
  const points = unpackCurve({ ticks, seconds, loss, ...(nat === undefined ? {} : { nat }) });
  if (step === undefined) return { ...rest, curve: points };
  const { kernels } = step as Partial<PackedStep>;
  if (!Array.isArray(kernels) || !numbers(stepMs)) throw broken("its step is not a packed one", step);
  return { ...rest, curve: points, step: unpackStep(step as PackedStep, stepMs) };
}

const EVIDENCE = ["gain", "standardError", "better", "noise", "degrees"] as const;

const isScored = (run: Partial<ScoredRun> | null): boolean =>
  Number.isFinite(run?.seed) &&
  Number.isFinite(run?.valBpb) &&
  (run?.chunks?.every(Number.isFinite) ?? false) &&
  Object.values(run?.metrics ?? {}).every((list) => Array.isArray(list) && list.every(Number.isFinite));

function attempt(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw broken("it is not JSON", cause instanceof Error ? cause.message : text);
  }
}

const broken = (what: string, got: unknown): LabError =>
  new LabError("git", {
    what: `a record cannot be read: ${what}`,
    got: excerpt(String(JSON.stringify(got))),
  });

export const isFailure = ({ status }: { status: ExperimentStatus }): boolean =>
  status === "crash" || status === "invalid";

function shownFigures(record: ExperimentRecord): ShownFigures {
  const { curve, step, tuning, digest, ...shown } = figuresOf(record);
  return shown;
}

/** The record for the page: long texts are cut; the fields keep their stored order. */
export function viewOf(record: ExperimentRecord): ExperimentView {
  const view = views.get(record) ?? makeView(record);
  views.set(record, view);
  return view;
}

/** A record never changes, so its view is always the same object: the page is sent only those it does not have. */
const views = new WeakMap<ExperimentRecord, ExperimentView>();

function makeView(record: ExperimentRecord): ExperimentView {
  const { number, commit, parentCommit, status, researcher, valBpb, incumbentBpb } = record;
  const { sample, finishedAt, hidden, evidence } = record;
  return {
    ...shownFigures(record),
    number,
    commit,
    parentCommit,
    status,
    researcher,
    valBpb,
    incumbentBpb,
    hypothesis: excerpt(record.hypothesis),
    reason: excerpt(record.reason),
    lesson: excerpt(record.lesson),
    expected: record.expected === null ? null : excerpt(record.expected),
    forecast: comparedForecast(record),
    sample,
    finishedAt,
    hidden,
    evidence,
    runs: record.runs.length,
    incumbentRuns: record.incumbentRuns.length,
    control: record.control?.compared ?? null,
  };
}

/** The record as an event of the log. */
export function eventOf(record: ExperimentRecord): ExperimentEvent {
  const { number, commit, status, valBpb, researcher, wallSeconds } = record;
  const { reason, hypothesis, forecast } = viewOf(record);
  const named = { number, status, valBpb, reason, hypothesis, researcher, commit };
  return { type: "experiment", ...named, ...shownFigures(record), wallSeconds, forecast };
}

/**
 * The record for researchers. It leaves out the hidden test, the control text except in the words of a refusal, and a
 * score that the control text contradicts.
 */
export function historyOf(record: ExperimentRecord): HistoryEntry {
  const { number, commit, parent, status, valBpb, incumbentBpb, hypothesis, category, researcher } = record;
  const { source, reason, lesson, sentBack } = record;
  return {
    number,
    commit,
    parent: record.base ?? parent,
    status,
    valBpb: record.control?.compared?.contradicted ? null : valBpb,
    incumbentBpb,
    hypothesis,
    category,
    researcher,
    source,
    reason,
    lesson,
    ...(sentBack === undefined ? {} : { sentBack }),
    ...(record.tokens > 0 && record.seconds > 0 ? { secondsPerToken: record.seconds / record.tokens } : {}),
  };
}

/** At most `count` points of a curve: the means of neighbours, which reduces noise; the ends stay. */
export function thin(curve: Curve, count: number): Curve {
  if (curve.length <= count) return curve;
  return Array.from({ length: count }, (_, i) => {
    const part = curve.slice(
      Math.floor((i * curve.length) / count),
      Math.floor(((i + 1) * curve.length) / count),
    );
    const mean = (axis: 0 | 1) => part.reduce((sum, point) => sum + point[axis], 0) / part.length;
    return [Number(mean(0).toFixed(3)), Number(mean(1).toFixed(5))] as const;
  });
}

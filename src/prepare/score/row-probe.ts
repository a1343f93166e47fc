// Tests whether rows of a batch influence each other, if the graph does not prove that they do not. Such a model is
// scored one row at a time, so a leak gains nothing; the probe only finds the reason to report. A gate across rows may
// open only for batches that look like scored ones, so the probe uses batches that resemble them in every way we know.
// Shapes: B rows, T tokens.
import { type Computer, examinerOf, type ForwardPass } from "./examiner.ts";
import {
  ask,
  type Change,
  nothing,
  otherFuture,
  otherRows,
  type Probe,
  rowsAt,
  type WindowsAsked,
} from "./probes.ts";
import { elsewhere, shuffled } from "./secret-batches.ts";

interface RowProbeOptions extends WindowsAsked {
  /** Also replaces the tokens after a cut in each row. */
  readonly futures: boolean;
}

/** Number of batches of adjacent rows: a gate may need several matching seams between rows. */
const NEIGHBOURS = 4;

export async function probeRows(
  engine: Computer,
  forward: ForwardPass,
  options: RowProbeOptions,
): Promise<{ readonly failed: Probe | null; readonly looks: number }> {
  const { batch: B, seqLen: T, goOn = () => true } = options;
  const examiner = examinerOf(engine, forward, B, T);
  const asked = situations(options);
  let looks = 0;
  for (const [i, { name, tokens }] of asked.entries()) {
    if (i > 0 && !goOn()) break;
    const changes = i === 0 ? everyPair(tokens, options) : fewChanges(tokens, options);
    const found = await ask(examiner, tokens, changes, i === 0 ? undefined : goOn);
    looks += found.looks;
    options.onProgress?.(i + 1, asked.length);
    if (found.failed !== null) {
      const detail = `${found.failed.detail} (${name})`;
      return { failed: { ...found.failed, detail }, looks };
    }
  }
  return { failed: null, looks };
}

/**
 * Keeps half of the rows and replaces the others, for every bit of the row's number and both halves: for any two rows,
 * each is kept once while the other changes.
 */
function* everyPair(tokens: Uint32Array, options: RowProbeOptions): Generator<Change> {
  const { batch: B, seqLen: T } = options;
  yield nothing(tokens, T);
  for (let bit = 1; bit < B; bit *= 2)
    for (const side of [0, bit]) yield otherRows(tokens, (row) => (row & bit) === side, T, options);
  yield* fewChanges(tokens, options);
}

/** Keeps every other row, which leaves no seam; keeps a single row; and replaces futures. */
function* fewChanges(tokens: Uint32Array, options: RowProbeOptions): Generator<Change> {
  const { batch: B, seqLen: T, random } = options;
  const alone = random.below(B);
  yield otherRows(tokens, (row) => row % 2 === 0, T, options);
  yield otherRows(tokens, (row) => row % 2 === 1, T, options);
  yield otherRows(tokens, (row) => row === alone, T, options);
  if (!options.futures) return;
  for (const cuts of [() => random.below(T - 1), () => (T - 1) >> 1]) {
    const each = Array.from({ length: B }, cuts);
    yield otherFuture(tokens, each, T, options);
  }
}

interface Situation {
  readonly name: string;
  readonly tokens: Uint32Array;
}

/** Batches of scored windows, of adjacent rows, and of equal, sorted or similar rows. */
function situations({ tokens, starts, seqLen: T, batch: B, random }: RowProbeOptions): Situation[] {
  const row = (i: number) => Array.from({ length: B }, (_, r) => i + r);
  const at = (name: string, places: readonly number[]): Situation => ({
    name,
    tokens: rowsAt(tokens, places, T).x,
  });
  const last = tokens.length - T;
  const window = (i: number) => starts[Math.min(i, starts.length - 1)];
  const chosen = shuffled(starts.length, random);
  const drawn = row(0).map((i) => starts[chosen[i % chosen.length]]);
  const neighbours = () => {
    const first = random.below(Math.max(1, Math.min(last, tokens.length - B * T)));
    return row(0).map((r) => Math.min(first + r * T, last - 1));
  };
  const firstToken = (a: number, b: number) => tokens[a] - tokens[b];
  const mean = (start: number) => tokens.subarray(start, start + T).reduce((a, b) => a + b, 0);
  const near = random.below(last);
  const far: number[] = [];
  while (far.length < B) far.push(elsewhere(far, T, tokens.length, random));
  return [
    at("scored rows", drawn),
    ...Array.from({ length: NEIGHBOURS }, () => at("rows that follow each other in the text", neighbours())),
    at("the first windows in their order", row(0).map(window)),
    at(
      "the last windows, filled up with copies",
      row(Math.max(0, starts.length - Math.ceil(B / 2))).map(window),
    ),
    at(
      "equal rows",
      row(0).map(() => drawn[0]),
    ),
    at(
      "two equal rows",
      row(0).map((r) => (r === B - 1 ? far[0] : far[r])),
    ),
    at(
      "two equal rows side by side",
      row(0).map((r) => far[r === 1 ? 0 : r]),
    ),
    at("rows in the order of their first tokens", [...far].sort(firstToken)),
    at(
      "rows in the order of their mean tokens",
      [...far].sort((a, b) => mean(a) - mean(b)),
    ),
    at(
      "rows of one passage",
      row(0).map((r) => Math.max(0, Math.min(last - 1, near + r * (T >> 2)))),
    ),
    {
      name: "rows of one token each",
      tokens: row(0).reduce(oneToken(tokens, far, T), new Uint32Array(B * T)),
    },
  ];
}

/** Fills a row with the first token of its text. */
const oneToken =
  (text: Uint16Array, starts: readonly number[], T: number) =>
  (tokens: Uint32Array, _: number, row: number): Uint32Array =>
    tokens.fill(text[starts[row]], row * T, (row + 1) * T);

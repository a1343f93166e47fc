// Probes of a forward pass: run it again with tokens replaced that must not matter, and compare bits, so that even the
// weakest leak shows.
// Shapes: B rows, T tokens, V vocabulary.
import type { Examiner, Sight } from "./examiner.ts";
import { elsewhere } from "./secret-batches.ts";
import type { Random } from "../training/random.ts";

/** The result of one probe. */
export interface Probe {
  readonly name: "finite" | "repeatable" | "causality" | "rows" | "passes";
  readonly passed: boolean;
  readonly detail: string;
  /** Set for a failed "causality" or "rows". */
  readonly witness?: Witness;
}

/** Two inputs [B, T] that are equal in one row up to a position, but gave different logits there. */
export interface Witness {
  readonly before: Uint32Array;
  readonly after: Uint32Array;
  readonly row: number;
  /** The last equal position; T - 1 if only other rows changed. */
  readonly position: number;
}

/** Held-out text for probes. */
export interface ProbeText {
  readonly tokens: Uint16Array;
  readonly vocabSize: number;
  /** Must be unknown to the author of the model. */
  readonly random: Random;
}

/** The scored windows, and the shape of the forward pass. */
export interface WindowsAsked extends ProbeText {
  /** Start of each window in the text. */
  readonly starts: ArrayLike<number>;
  readonly seqLen: number;
  /** Number of rows of the forward pass. */
  readonly batch: number;
  /** Returns false to end the probes early, in a rehearsal. */
  goOn?(): boolean;
  onProgress?(done: number, total: number): void;
}

/** Changed tokens, and for each row the position (exclusive) up to which its logits must not change. */
export interface Change {
  readonly name: "causality" | "rows" | "repeatable";
  readonly tokens: Uint32Array;
  readonly still: readonly number[];
}

/** Rows x of the text [starts.length, T], and for each token the next one, y. */
export function rowsAt(
  tokens: Uint16Array,
  starts: readonly number[],
  T: number,
): { x: Uint32Array; y: Uint32Array } {
  const x = new Uint32Array(starts.length * T);
  const y = new Uint32Array(starts.length * T);
  starts.forEach((start, row) => {
    x.set(tokens.subarray(start, start + T), row * T);
    y.set(tokens.subarray(start + 1, start + T + 1), row * T);
  });
  return { x, y };
}

/** Replaces the tokens after position cuts[row] of each row by other text, with a different token at every place. */
export function otherFuture(
  tokens: Uint32Array,
  cuts: readonly number[],
  T: number,
  { tokens: text, vocabSize, random }: ProbeText,
): Change {
  const next = tokens.slice();
  cuts.forEach((cut, row) => {
    const start = random.below(text.length - T);
    for (let t = cut + 1; t < T; t++) {
      const i = row * T + t;
      const other = text[start + t];
      // An unchanged token would test nothing.
      next[i] = other === tokens[i] ? (tokens[i] + 1) % vocabSize : other;
    }
  });
  return { name: "causality", tokens: next, still: cuts.map((cut) => cut + 1) };
}

/** Replaces all rows but the kept ones by other text. */
export function otherRows(
  tokens: Uint32Array,
  keep: (row: number) => boolean,
  T: number,
  { tokens: text, random }: ProbeText,
): Change {
  const starts: number[] = [];
  for (let row = 0; row < tokens.length / T; row++) starts.push(elsewhere(starts, T, text.length, random));
  const { x: next } = rowsAt(text, starts, T);
  for (const row of starts.keys()) if (keep(row)) next.set(tokens.subarray(row * T, (row + 1) * T), row * T);
  return { name: "rows", tokens: next, still: starts.map((_, row) => (keep(row) ? T : 0)) };
}

/** Unchanged tokens: a forward pass must give the same logits again. */
export function nothing(tokens: Uint32Array, T: number): Change {
  const still = Array.from({ length: tokens.length / T }, () => T);
  return { name: "repeatable", tokens, still };
}

/** The failed probe if a look at `change` differs from the kept look; null if it does not. */
export function moved(
  { T, vocabSize }: Examiner,
  { tokens: before, sight }: { readonly tokens: Uint32Array; readonly sight: Sight },
  { name, tokens: after, still }: Change,
  seen: Sight,
): Probe | null {
  for (const [row, end] of still.entries()) {
    for (let t = 0; t < end; t++) {
      const i = row * T + t;
      // A logit that is not finite differs from itself.
      if (sight.sound[i] !== vocabSize) continue;
      if (seen.change[i] === 0 && seen.nats[i] === sight.nats[i] && seen.sound[i] === vocabSize) continue;
      const move = `at position ${t} move by ${seen.change[i].toExponential(1)}`;
      const detail = {
        repeatable: `the logits ${move} when the same tokens are asked again`,
        rows: `the logits of row ${row} ${move} when other rows of the batch change`,
        causality: `the logits ${move} when the tokens after position ${end - 1} change`,
      }[name];
      const witness = { before, after, row, position: end - 1 };
      return { name, passed: false, detail, ...(name === "repeatable" ? {} : { witness }) };
    }
  }
  return null;
}

/** Compares a look at each change with one at the unchanged tokens; stops at the first failure, or if !goOn(). */
export async function ask(
  examiner: Examiner,
  tokens: Uint32Array,
  changes: Iterable<Change>,
  goOn: () => boolean = () => true,
): Promise<{ readonly failed: Probe | null; readonly looks: number }> {
  // The targets are arbitrary: with equal targets nats can be compared too.
  const sight = await (await examiner.look(tokens, tokens, true)).sight;
  let looks = 1;
  for (const change of changes) {
    if (!goOn()) break;
    const seen = await (await examiner.look(change.tokens, tokens, false)).sight;
    looks++;
    const failed = moved(examiner, { tokens, sight }, change, seen);
    if (failed !== null) return { failed, looks };
  }
  return { failed: null, looks };
}

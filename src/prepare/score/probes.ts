// Questions to a forward pass: the same look again with something replaced that must not matter. What is compared is
// bits, so no leak is too weak.
// Shapes: B rows, T tokens, V vocabulary.
import type { Examiner, Sight } from "./examiner.ts";
import { elsewhere } from "./secret-batches.ts";
import type { Random } from "../training/random.ts";

/** One question and what was seen. */
export interface Probe {
  readonly name: "finite" | "repeatable" | "causality" | "rows" | "passes";
  readonly passed: boolean;
  readonly detail: string;
  /** Of a failed "causality" or "rows". */
  readonly witness?: Witness;
}

/** Two inputs [B, T] that are the same in one row up to a position, and gave other logits there. */
export interface Witness {
  readonly before: Uint32Array;
  readonly after: Uint32Array;
  readonly row: number;
  /** The last position that is the same; T - 1 where other rows changed. */
  readonly position: number;
}

/** Held-out text that questions are asked with. */
export interface ProbeText {
  readonly tokens: Uint16Array;
  readonly vocabSize: number;
  /** Must be unknown to the author of the model. */
  readonly random: Random;
}

/** The windows that are scored, and the forward pass that is asked. */
export interface WindowsAsked extends ProbeText {
  /** Where the windows begin. */
  readonly starts: ArrayLike<number>;
  readonly seqLen: number;
  /** Rows of the forward pass. */
  readonly batch: number;
  /** Ends the questions early; for a rehearsal. */
  goOn?(): boolean;
  onProgress?(done: number, total: number): void;
}

/** Other tokens, and for each row up to which position (exclusive) its logits may not move. */
export interface Change {
  readonly name: "causality" | "rows" | "repeatable";
  readonly tokens: Uint32Array;
  readonly still: readonly number[];
}

/** Rows of the text [starts.length, T], and the token after each of theirs. */
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

/** The tokens after position cuts[row] of each row replaced by other text: another token at every place. */
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
      // A token that stays the same asks nothing.
      next[i] = other === tokens[i] ? (tokens[i] + 1) % vocabSize : other;
    }
  });
  return { name: "causality", tokens: next, still: cuts.map((cut) => cut + 1) };
}

/** All rows but the kept ones replaced by other text. */
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

/** The same tokens: a forward pass remembers nothing. */
export function nothing(tokens: Uint32Array, T: number): Change {
  const still = Array.from({ length: tokens.length / T }, () => T);
  return { name: "repeatable", tokens, still };
}

/** The probe that fails because a look at `change` differs from the look that was kept; null when none does. */
export function moved(
  { T, vocabSize }: Examiner,
  { tokens: before, sight }: { readonly tokens: Uint32Array; readonly sight: Sight },
  { name, tokens: after, still }: Change,
  seen: Sight,
): Probe | null {
  for (const [row, end] of still.entries()) {
    for (let t = 0; t < end; t++) {
      const i = row * T + t;
      // What is not finite differs from itself.
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

/** Compares a look at each change with the tokens as they are; stops at the first that moves, or when `goOn` says so. */
export async function ask(
  examiner: Examiner,
  tokens: Uint32Array,
  changes: Iterable<Change>,
  goOn: () => boolean = () => true,
): Promise<{ readonly failed: Probe | null; readonly looks: number }> {
  // Any targets: with the same ones nats can be compared as well as logits.
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

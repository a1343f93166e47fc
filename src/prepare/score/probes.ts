// Questions a recorded forward pass must answer before its score counts: does it read ahead, do rows see each other, is
// it finite, does it answer the same twice. They are asked of the weights and the graph alone, through the very step
// that scores, and of the held-out text itself: a leak may be learned, scaled down, or wait for tokens that only text
// has. What is compared is bits, so no leak is too weak.
// Shapes: B rows, T tokens, V vocabulary.
import { noise } from "../training/batches.ts";
import { type Computer, Examiner, examinerOf, type ForwardPass, type Sight } from "./examiner.ts";
import { type Random, seededRandom } from "../training/random.ts";

/** Positions asked of one row between two fresh draws. */
const CHAIN = 8;

/** One question and what was seen. */
export interface Probe {
  readonly name: "finite" | "repeatable" | "causality" | "rows";
  readonly passed: boolean;
  readonly detail: string;
  /** Of a failed "causality": two inputs that differ only after `position` of `row`, and gave other logits before. */
  readonly witness?: Witness;
}

export interface Witness {
  readonly before: Uint32Array;
  readonly after: Uint32Array;
  readonly row: number;
  /** The last position that is the same. */
  readonly position: number;
}

export interface ProbeOptions {
  readonly batch: number;
  readonly seqLen: number;
  readonly vocabSize: number;
  /** Text to ask with, the text that is scored. */
  readonly text: Uint16Array;
  /** Must be unknown to whoever wrote the model: it chooses the positions. */
  readonly seed: number;
  /** Ask about every position however long it takes; otherwise as many as fit in `budgetMs`, at least one batch. */
  readonly thorough: boolean;
  /** Go on with other text until so much time [ms] is spent. */
  readonly budgetMs: number;
  now(): number;
  onProgress?(done: number, total: number): void;
}

/** All probes in order; ends at the first that fails. */
export async function probeForward(
  engine: Computer,
  forward: ForwardPass,
  options: ProbeOptions,
): Promise<Probe[]> {
  const bench = new Bench(examinerOf(engine, forward, options.batch, options.seqLen), options);
  const probes: Probe[] = [];
  for (const ask of [finite, repeatable, rows, causality]) {
    const probe = await ask(bench, options).catch((error: unknown) => {
      if (error instanceof NotFinite) return error.probe;
      throw error;
    });
    probes.push(probe);
    if (!probe.passed) break;
  }
  return probes;
}

/** Any look may be the one at which a logit is not finite. */
class NotFinite extends Error {
  readonly probe: Probe;
  constructor(position: number) {
    super();
    this.probe = { name: "finite", passed: false, detail: `a logit at position ${position} is not finite` };
  }
}

class Bench {
  readonly B: number;
  readonly T: number;
  readonly random: Random;
  readonly #options: ProbeOptions;
  readonly #examiner: Examiner;
  /** Always the same targets, so that nats can be compared as well as logits. */
  readonly #targets: Uint32Array;

  constructor(examiner: Examiner, options: ProbeOptions) {
    this.B = options.batch;
    this.T = options.seqLen;
    this.#options = options;
    this.#examiner = examiner;
    this.random = seededRandom(options.seed);
    this.#targets = this.draw();
  }

  /** Fresh tokens [B, T] from anywhere in the text; noise only where there is not enough of it. */
  draw(): Uint32Array {
    const { text, vocabSize } = this.#options;
    const out = new Uint32Array(this.B * this.T);
    for (let row = 0; row < this.B; row++) {
      const start = this.random.below(Math.max(1, text.length - this.T));
      const source =
        text.length >= this.T
          ? text.subarray(start, start + this.T)
          : noise(this.T, vocabSize, this.random.below(2 ** 31));
      out.set(source, row * this.T);
    }
    return out;
  }

  /** Throws NotFinite. */
  async look(tokens: Uint32Array): Promise<Sight> {
    const seen = await (await this.#examiner.look(tokens, this.#targets)).sight;
    for (let i = 0; i < this.B * this.T; i++) {
      if (seen.sound[i] !== this.#examiner.vocabSize || !Number.isFinite(seen.nats[i]))
        throw new NotFinite(i % this.T);
    }
    return seen;
  }
}

/** The first position below `end` of a row at which two looks differ; -1 when there is none. */
function moved(bench: Bench, row: number, end: number, seen: Sight, before: Sight): number {
  for (let t = 0; t < end; t++) {
    const i = row * bench.T + t;
    if (seen.change[i] !== 0 || seen.nats[i] !== before.nats[i]) return t;
  }
  return -1;
}

/** How far, in words. */
const by = (bench: Bench, row: number, t: number, seen: Sight) =>
  seen.change[row * bench.T + t].toExponential(1);

async function finite(bench: Bench): Promise<Probe> {
  await bench.look(bench.draw());
  return { name: "finite", passed: true, detail: "every logit of every look" };
}

/** The same tokens twice, and once more after others: a forward pass remembers nothing. */
async function repeatable(bench: Bench): Promise<Probe> {
  const tokens = bench.draw();
  const first = await bench.look(tokens);
  const second = await bench.look(tokens);
  await bench.look(bench.draw());
  const third = await bench.look(tokens);
  for (let row = 0; row < bench.B; row++) {
    for (let t = 0; t < bench.T; t++) {
      const i = row * bench.T + t;
      if (second.change[i] === 0 && second.nats[i] === first.nats[i] && third.nats[i] === first.nats[i])
        continue;
      const detail = `the same tokens gave other logits at position ${t}, by ${by(bench, row, t, second)}`;
      return { name: "repeatable", passed: false, detail };
    }
  }
  return { name: "repeatable", passed: true, detail: "the same bits twice, and again after other text" };
}

/**
 * Keeps half of the rows and replaces the others, for every bit of the row's number and both halves: of any two rows,
 * each was kept once while the other changed.
 */
async function rows(bench: Bench): Promise<Probe> {
  const { B, T } = bench;
  if (B === 1) return { name: "rows", passed: true, detail: "one row" };
  let tokens = bench.draw();
  let before = await bench.look(tokens);
  for (let bit = 1; bit < B; bit *= 2) {
    for (const side of [0, bit]) {
      const next = bench.draw();
      const kept = Array.from({ length: B }, (_, row) => row).filter((row) => (row & bit) === side);
      for (const row of kept) next.set(tokens.subarray(row * T, (row + 1) * T), row * T);
      const seen = await bench.look(next);
      for (const row of kept) {
        const t = moved(bench, row, T, seen, before);
        if (t < 0) continue;
        const detail = `the logits of row ${row} at position ${t} move by ${by(bench, row, t, seen)} when other rows of the batch change`;
        return { name: "rows", passed: false, detail };
      }
      tokens = next;
      before = seen;
    }
  }
  return { name: "rows", passed: true, detail: `each of ${B} rows against each other` };
}

/** Changes the tokens after position t, another t in each row: no logit at or before t may move. */
async function causality(bench: Bench, options: ProbeOptions): Promise<Probe> {
  const { B, T } = bench;
  const started = options.now();
  const inTime = () => options.now() - started < options.budgetMs;
  let asked = 0;
  for (let round = 0; round === 0 || (inTime() && asked < MOST); round++) {
    // First, middle and last come first, whatever chance says.
    const all = [...new Set([0, T - 2, (T - 1) >> 1, ...shuffled(T - 1, bench.random)])].filter(
      (t) => t >= 0,
    );
    for (let at = 0; at < all.length; at += B * CHAIN) {
      const must = round === 0 && (at === 0 || options.thorough);
      if (!must && !inTime()) break;
      const turn = all.slice(at, at + B * CHAIN);
      const failed = await askTurn(bench, options, turn);
      if (failed !== null) return failed;
      asked += turn.length;
      options.onProgress?.(Math.min(asked, T - 1), T - 1);
    }
    if (options.budgetMs === Infinity) break;
  }
  const covered = asked >= T - 1 ? `every position, ${asked} times in all` : `${asked} of ${T - 1} positions`;
  return { name: "causality", passed: true, detail: asked === T - 1 ? "every position" : covered };
}

/** Beyond so many positions a fast GPU gains nothing by asking on. */
const MOST = 20_000;

/** Up to CHAIN positions for each row, from one draw of text. */
async function askTurn(bench: Bench, options: ProbeOptions, turn: readonly number[]): Promise<Probe | null> {
  const { B, T } = bench;
  // Positions of a row in falling order: what lies before each is still text, and each look shares with the one before
  // it all that may not matter.
  const chains = Array.from({ length: B }, (_, row) =>
    turn.filter((_, i) => i % B === row).sort((a, b) => b - a),
  );
  let tokens = bench.draw();
  let before = await bench.look(tokens);
  const links = Math.max(...chains.map(({ length }) => length));
  for (let link = 0; link < links; link++) {
    // A row without a position of its own left is not changed, and may not move at all.
    const at = chains.map((chain) => chain[link] ?? T - 1);
    const next = redrawn(bench, tokens, at, options.vocabSize);
    const seen = await bench.look(next);
    for (let row = 0; row < B; row++) {
      const t = moved(bench, row, at[row] + 1, seen, before);
      if (t < 0) continue;
      const detail = `the logits at position ${t} move by ${by(bench, row, t, seen)} when the tokens after position ${at[row]} change`;
      const witness = { before: tokens, after: next, row, position: at[row] };
      return { name: "causality", passed: false, detail, witness };
    }
    tokens = next;
    before = seen;
  }
  return null;
}

/** The same tokens up to position at[row] of each row, and another token at every position after it. */
function redrawn(bench: Bench, tokens: Uint32Array, at: readonly number[], vocabSize: number): Uint32Array {
  const next = tokens.slice();
  const fresh = bench.draw();
  at.forEach((last, row) => {
    for (let i = row * bench.T + last + 1; i < (row + 1) * bench.T; i++) {
      // A token that stays the same asks nothing.
      next[i] = fresh[i] === tokens[i] ? (tokens[i] + 1) % vocabSize : fresh[i];
    }
  });
  return next;
}

function shuffled(n: number, random: Random): number[] {
  const all = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

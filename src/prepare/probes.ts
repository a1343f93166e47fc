// Questions a recorded forward pass must answer before its score counts: does it read ahead, do rows see each other, is
// it finite, does it answer the same twice. They are asked of the weights and the graph alone, on real text and on
// noise, since a leak may be learned, scaled down, or wait for certain tokens.
// Shapes: B rows, T tokens, V vocabulary.
import { nn } from "../nn/index.ts";
import { noise } from "./batches.ts";
import { type Random, seededRandom } from "./random.ts";
import type { Computer, ForwardPass } from "./score.ts";

/** Positions asked of one row between two fresh draws. */
const CHAIN = 4;

/** One question and what was seen. */
export interface Probe {
  readonly name: "finite" | "repeatable" | "causality" | "rows";
  readonly passed: boolean;
  readonly detail: string;
}

export interface ProbeOptions {
  readonly batch: number;
  readonly seqLen: number;
  readonly vocabSize: number;
  /** Text to ask with: half of the rows come from it, the others are noise. */
  readonly text: Uint16Array;
  /** Must be unknown to whoever wrote the model: it chooses the positions. */
  readonly seed: number;
  /** Stop asking about further positions after this long [ms]; first, middle, last and one batch of others always are. */
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
  const bench = new Bench(engine, forward, options);
  const probes: Probe[] = [];
  for (const ask of [finite, repeatable, rows, causality]) {
    const probe = await ask(bench, options);
    probes.push(probe);
    if (!probe.passed) break;
  }
  return probes;
}

/** Runs the forward pass and compares it with the run before, on the device: one plan for all, so bits are comparable. */
class Bench {
  readonly B: number;
  readonly T: number;
  readonly #V: number;
  readonly #options: ProbeOptions;
  readonly #engine: Computer;
  readonly #forward: ForwardPass;
  readonly #tokens;
  readonly #previous;
  readonly random: Random;

  constructor(engine: Computer, forward: ForwardPass, options: ProbeOptions) {
    this.B = options.batch;
    this.T = options.seqLen;
    this.#V = options.vocabSize;
    this.#options = options;
    this.#engine = engine;
    this.#forward = forward;
    this.#tokens = engine.input([this.B, this.T], "u32");
    this.#previous = nn.state([this.B, this.T, this.#V], nn.zeros);
    this.random = seededRandom(options.seed);
  }

  /** Fresh tokens [B, T]: even rows are text, odd rows noise. */
  draw(): Uint32Array {
    const { text } = this.#options;
    const out = new Uint32Array(this.B * this.T);
    for (let row = 0; row < this.B; row++) {
      const start = this.random.below(Math.max(1, text.length - this.T));
      const even = row % 2 === 0 && text.length >= this.T;
      const source = even
        ? text.subarray(start, start + this.T)
        : noise(this.T, this.#V, this.random.below(2 ** 31));
      out.set(source, row * this.T);
    }
    return out;
  }

  /** Largest |change| of any logit since the run before, for every row and position: [B, T]. */
  async change(tokens: Uint32Array): Promise<ArrayLike<number>> {
    this.#tokens.set(tokens);
    const logits = this.#forward(this.#tokens);
    const change = logits.sub(this.#previous).abs().max(2);
    nn.assign(this.#previous, logits);
    const read = this.#engine.readLater(change);
    await this.#engine.prepare();
    return read;
  }

  /** The logits themselves, [B, T, V]. */
  async logits(tokens: Uint32Array): Promise<ArrayLike<number>> {
    this.#tokens.set(tokens);
    const read = this.#engine.readLater(this.#forward(this.#tokens));
    await this.#engine.prepare();
    return read;
  }
}

async function finite(bench: Bench): Promise<Probe> {
  const logits = await bench.logits(bench.draw());
  const V = logits.length / (bench.B * bench.T);
  for (let i = 0; i < logits.length; i++) {
    if (Number.isFinite(logits[i])) continue;
    const position = Math.floor(i / V) % bench.T;
    return { name: "finite", passed: false, detail: `a logit at position ${position} is ${logits[i]}` };
  }
  return { name: "finite", passed: true, detail: `${logits.length} logits` };
}

async function repeatable(bench: Bench): Promise<Probe> {
  const tokens = bench.draw();
  await bench.change(tokens);
  const change = await bench.change(tokens);
  for (let i = 0; i < change.length; i++) {
    if (change[i] === 0) continue;
    const detail = `the same tokens gave other logits at position ${i % bench.T}, by ${change[i].toExponential(1)}`;
    return { name: "repeatable", passed: false, detail };
  }
  return { name: "repeatable", passed: true, detail: "the same bits twice" };
}

/** Replaces all rows but one: its logits may not move. */
async function rows(bench: Bench): Promise<Probe> {
  const { B, T } = bench;
  if (B === 1) return { name: "rows", passed: true, detail: "one row" };
  const kept = [...new Set([0, B >> 1, B - 1, bench.random.below(B)])];
  let tokens = bench.draw();
  await bench.change(tokens);
  for (const row of kept) {
    const other = bench.draw();
    other.set(tokens.subarray(row * T, (row + 1) * T), row * T);
    const change = await bench.change(other);
    tokens = other;
    for (let t = 0; t < T; t++) {
      if (change[row * T + t] === 0) continue;
      const by = change[row * T + t].toExponential(1);
      const detail = `the logits of row ${row} at position ${t} move by ${by} when other rows of the batch change`;
      return { name: "rows", passed: false, detail };
    }
  }
  return { name: "rows", passed: true, detail: `rows ${kept.join(", ")} of ${B}` };
}

/** Changes the tokens after position t, another t in each row: no logit at or before t may move. */
async function causality(bench: Bench, options: ProbeOptions): Promise<Probe> {
  const { B, T } = bench;
  // First, middle and last come first, whatever chance says.
  const queue = [...new Set([0, T - 2, (T - 1) >> 1, ...shuffled(T - 1, bench.random)])].filter(
    (t) => t >= 0,
  );
  const started = options.now();
  let asked = 0;
  while (asked < queue.length && (asked === 0 || options.now() - started < options.budgetMs)) {
    // Positions of a row in falling order, so that each run shares with the one before it all that may not matter.
    const turn = queue.slice(asked, asked + B * CHAIN);
    const chains = Array.from({ length: B }, (_, row) =>
      turn.filter((_, i) => i % B === row).sort((a, b) => b - a),
    );
    let tokens = bench.draw();
    await bench.change(tokens);
    for (let link = 0; link < CHAIN; link++) {
      // A row without a position of its own left is not changed, and may not move at all.
      const at = chains.map((chain) => chain[link] ?? T - 1);
      const next = redrawn(bench, tokens, at, options.vocabSize);
      const change = await bench.change(next);
      tokens = next;
      for (let row = 0; row < B; row++) {
        for (let t = 0; t <= at[row]; t++) {
          if (change[row * T + t] === 0) continue;
          const by = change[row * T + t].toExponential(1);
          const detail = `the logits at position ${t} move by ${by} when the tokens after position ${at[row]} change`;
          return { name: "causality", passed: false, detail };
        }
      }
      options.onProgress?.(Math.min(asked + (link + 1) * B, queue.length), queue.length);
    }
    asked += turn.length;
  }
  return { name: "causality", passed: true, detail: `${asked} of ${queue.length} positions` };
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

// A few lines in the model's own words, so that a human sees what a number means.
import { seededRandom } from "../training/random.ts";
import type { Computer, ForwardPass } from "./examiner.ts";

interface SampleOptions {
  /** What the text begins with; at least one token. */
  readonly prompt: Uint16Array;
  /** How many tokens to add. */
  readonly count: number;
  readonly seqLen: number;
  readonly temperature: number;
  readonly seed: number;
  /** Stop so long [ms] after the first token, with what there is; the first compiles. */
  readonly budgetMs: number;
  now(): number;
}

/**
 * The prompt and up to `count` tokens drawn from softmax(logits / temperature). The whole context is computed for each
 * token: slow and plain, and the recorded forward pass needs no cache of its own. `forward` takes one row [1, T].
 */
export async function sampleTokens(
  engine: Computer,
  forward: ForwardPass,
  options: SampleOptions,
): Promise<Uint16Array> {
  const { seqLen: T, temperature } = options;
  const random = seededRandom(options.seed);
  const text: number[] = [...options.prompt];
  const x = engine.input([1, T], "u32");
  const place = engine.input([1, T], "f32");
  let started = Infinity;
  for (let i = 0; i < options.count && !(options.now() - started >= options.budgetMs); i++) {
    const context = text.slice(-T);
    const row = new Uint32Array(T);
    row.set(context);
    const last = new Float32Array(T);
    last[context.length - 1] = 1;
    x.set(row);
    place.set(last);
    // One row of the logits is picked on the device; positions after the context are causal, so what they hold is moot.
    const logits = forward(x);
    const V = logits.shape[2];
    const read = engine.readLater(place.matmul(logits.view(T, V)).view(V));
    await engine.prepare();
    text.push(draw(await read, temperature, random.next()));
    started = Math.min(started, options.now());
  }
  return Uint16Array.from(text);
}

/** The token whose cumulative probability passes `u`. */
function draw(logits: ArrayLike<number>, temperature: number, u: number): number {
  const values = Float64Array.from(logits);
  const top = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = values.map((logit) => Math.exp((logit - top) / temperature));
  const sum = weights.reduce((a, b) => a + b, 0);
  let rest = u * sum;
  const chosen = weights.findIndex((weight) => (rest -= weight) < 0);
  return chosen >= 0 ? chosen : logits.length - 1;
}

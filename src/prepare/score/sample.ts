// Samples a few lines from the model, to show a human the meaning of a score.
import { seededRandom } from "../training/random.ts";
import type { Computer, ForwardPass } from "./examiner.ts";

interface SampleOptions {
  /** Start of the text; at least one token. */
  readonly prompt: Uint16Array;
  /** Number of tokens to add. */
  readonly count: number;
  readonly seqLen: number;
  readonly temperature: number;
  readonly seed: number;
  /** Maximum time after the first token [ms]; the first token includes compilation. */
  readonly budgetMs: number;
  now(): number;
}

/**
 * The prompt and up to `count` tokens drawn from softmax(logits / temperature). Computes the whole context for each
 * token: slow, but the recorded forward pass needs no cache. `forward` takes one row [1, T].
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
    // Selects one row of the logits on the device. Positions after the context do not matter: the pass is causal.
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

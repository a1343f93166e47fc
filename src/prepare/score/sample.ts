// Writes text with a model, token by token: a few lines that show a human the meaning of a score, and conversations.
import { seededRandom } from "../training/random.ts";
import type { Computer, ForwardPass } from "./examiner.ts";

interface WriteOptions {
  /** Start of the text; at least one token. */
  readonly prompt: Uint16Array;
  /** Number of tokens to add. */
  readonly count: number;
  readonly seqLen: number;
  /** 0: always the likeliest token. */
  readonly temperature: number;
  readonly seed: number;
}

interface SampleOptions extends WriteOptions {
  /** Maximum time after the first token [ms]; the first token includes compilation. */
  readonly budgetMs: number;
  now(): number;
}

/** A written token, with the logits it was drawn from. */
export interface WrittenToken {
  readonly token: number;
  /** [V] */
  readonly logits: ArrayLike<number>;
}

/**
 * Up to `count` tokens after the prompt, drawn from softmax(logits / temperature). Computes the whole context for each
 * token: slow, but the recorded forward pass needs no cache. `forward` takes one row [1, T]. The session of `engine` must
 * be the active one whenever a token is asked for.
 */
export async function* writeTokens(
  engine: Computer,
  forward: ForwardPass,
  { prompt, count, seqLen: T, temperature, seed }: WriteOptions,
): AsyncGenerator<WrittenToken> {
  const random = seededRandom(seed);
  const text: number[] = [...prompt];
  const x = engine.input([1, T], "u32");
  const place = engine.input([1, T], "f32");
  for (let i = 0; i < count; i++) {
    const context = text.slice(-T);
    const row = new Uint32Array(T);
    row.set(context);
    const last = new Float32Array(T);
    last[context.length - 1] = 1;
    x.set(row);
    place.set(last);
    // Selects one row of the logits on the device. Positions after the context do not matter: the pass is causal.
    const all = forward(x);
    const V = all.shape[2];
    const read = engine.readLater(place.matmul(all.view(T, V)).view(V));
    await engine.prepare();
    const logits = await read;
    const token = draw(logits, temperature, random.next());
    text.push(token);
    yield { token, logits };
  }
}

/** The prompt and the tokens written in the time. */
export async function sampleTokens(
  engine: Computer,
  forward: ForwardPass,
  options: SampleOptions,
): Promise<Uint16Array> {
  const text: number[] = [...options.prompt];
  let started = Infinity;
  for await (const { token } of writeTokens(engine, forward, options)) {
    text.push(token);
    started = Math.min(started, options.now());
    if (options.now() - started >= options.budgetMs) break;
  }
  return Uint16Array.from(text);
}

/** softmax(logits / temperature), in float64. */
export function probabilities(logits: ArrayLike<number>, temperature = 1): Float64Array {
  const values = Float64Array.from(logits);
  const top = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = values.map((logit) => Math.exp((logit - top) / temperature));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** The token whose cumulative probability passes `u`; at temperature 0 the likeliest. */
function draw(logits: ArrayLike<number>, temperature: number, u: number): number {
  if (temperature === 0) {
    const values = Float64Array.from(logits);
    return values.indexOf(values.reduce((a, b) => Math.max(a, b), -Infinity));
  }
  let rest = u;
  const chosen = probabilities(logits, temperature).findIndex((weight) => (rest -= weight) < 0);
  return chosen >= 0 ? chosen : logits.length - 1;
}

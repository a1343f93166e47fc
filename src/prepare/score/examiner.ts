// Runs a recorded forward pass and compares its logits. Probes and score use the same recorded step and so the same
// plan with the same rounding: a forward pass cannot behave differently for the two.
// Shapes: B rows, T tokens, V vocabulary.
import { nn, type InputTensor, type Session, type Tensor } from "../../nn/index.ts";

/** A forward pass: tokens u32 [B, T] to logits f32 [B, T, V]. */
export type ForwardPass = (tokens: Tensor) => Tensor;

/** The part of the engine that scoring and probing use. */
export type Computer = Pick<Session, "input" | "readLater" | "prepare">;

/**
 * A logit beyond this counts as not finite. Fast-math compilers may drop comparisons with infinity, and `max` may
 * ignore NaN, so the bound is an ordinary number, and the logits within it are counted.
 */
export const LARGEST_LOGIT = 1e30;

/** The results of one look for every row and position: [B, T]. */
export interface Sight {
  /** Largest |change| of any logit since the kept look; without one, largest |logit|. */
  readonly change: ArrayLike<number>;
  /** Number of the V logits within ±LARGEST_LOGIT. */
  readonly sound: ArrayLike<number>;
  /** -log softmax(logits)[target]. */
  readonly nats: ArrayLike<number>;
}

export class Examiner {
  readonly B: number;
  readonly T: number;
  readonly engine: Computer;
  readonly #forward: ForwardPass;
  readonly #x: InputTensor;
  readonly #y: InputTensor;
  readonly #keep: InputTensor;
  #kept: Tensor | null = null;

  constructor(engine: Computer, forward: ForwardPass, batch: number, seqLen: number) {
    this.B = batch;
    this.T = seqLen;
    this.engine = engine;
    this.#forward = forward;
    this.#x = engine.input([batch, seqLen], "u32");
    this.#y = engine.input([batch, seqLen], "u32");
    this.#keep = engine.input([1], "f32");
  }

  /** V, known after the first look. */
  get vocabSize(): number {
    return this.#kept?.shape[2] ?? 0;
  }

  /**
   * Starts one look; its results come later, so that the next look can start before. Tokens x and targets y [B, T].
   * `keep`: later looks are compared with the logits of this one.
   */
  async look(x: Uint32Array, y: Uint32Array, keep: boolean): Promise<{ readonly sight: Promise<Sight> }> {
    const { engine } = this;
    this.#x.set(x);
    this.#y.set(y);
    this.#keep.set(Float32Array.of(keep ? 1 : 0));
    const logits = this.#forward(this.#x);
    const kept = (this.#kept ??= nn.state(logits.shape, nn.zeros));
    const reads = [
      engine.readLater(logits.sub(kept).abs().max(2)),
      engine.readLater(logits.abs().le(LARGEST_LOGIT).sum(2)),
      engine.readLater(tokenNats(logits, this.#y)),
    ];
    nn.assign(kept, nn.where(this.#keep, logits, kept));
    await engine.prepare();
    const sight = Promise.all(reads).then(([change, sound, nats]) => ({ change, sound, nats }));
    sight.catch(() => undefined); // the caller awaits it
    return { sight };
  }
}

const known = new WeakMap<ForwardPass, Examiner>();

/** The examiner of a forward pass, made once, so that all callers use the same plan. */
export function examinerOf(engine: Computer, forward: ForwardPass, batch: number, seqLen: number): Examiner {
  const found = known.get(forward);
  if (found?.engine === engine && found.B === batch && found.T === seqLen) return found;
  const made = new Examiner(engine, forward, batch, seqLen);
  known.set(forward, made);
  return made;
}

/**
 * -log softmax(logits)[target] for every position, [B, T]. Subtracts the largest logit first: otherwise a model could
 * add 1e9 to all logits, which would round the normaliser away and make any loss 0.
 */
function tokenNats(logits: Tensor, targets: Tensor): Tensor {
  const shifted = logits.sub(logits.max(logits.shape.length - 1, true));
  return nn.crossEntropy(shifted, targets, { reduction: "none" });
}

// The module "prepare" as train.ts sees it: the fixed half of the lab. Nothing in here can be changed by a researcher.
// Only declarations live here, because they are the manual; what they stand for is trainApi in training.ts.
// Shapes: B rows of a batch, T = SEQ_LEN tokens of a row, V = VOCAB_SIZE.
import type { Tensor } from "nn";

/** T: tokens of context, the length of every row. The same for every experiment of a study. */
export declare const SEQ_LEN: number;

/** V: how many tokens there are. Tokens 0..255 are the bytes, the others frequent pieces of text. */
export declare const VOCAB_SIZE: number;

/** Seconds of training; their ceiling where the budget is in tokens. The clock is the lab's: compiling and scoring cost nothing. */
export declare const BUDGET: number;

/** What is trained and scored. Parameters are found by walking the fields of the object. */
export interface Model {
  /**
   * Tokens u32 [B, T] to logits f32 [B, T, V]: at every position the unnormalised log-probabilities of the next token.
   * Must work for any B. It is recorded once as a graph and scored elsewhere, so it must not depend on anything
   * but parameters and tokens; the logits at a position may depend on tokens at and before it in the same row only.
   */
  forward(tokens: Tensor): Tensor;
}

/** One turn of the loop. */
export interface Step {
  /** 0, 1, 2, … */
  readonly index: number;
  /** The fraction of the budget that is spent, 0 to 1: what a schedule should follow. */
  readonly progress: number;
  /**
   * A random batch of the training text: x u32 [rows, T], and y u32 [rows, T], the token after each of x. May be
   * called several times in a step; gradients then add up.
   */
  batch(rows: number): { x: Tensor; y: Tensor };
  /** Records numbers (scalar tensors are read back later, nothing waits). `loss` is what the lab draws. */
  log(values: Record<string, Tensor | number>): void;
}

/**
 * The training loop: `for await (const step of training(model)) { … }`, once. It ends when the budget is spent, and the
 * model is handed over as it is then. Before the real run the file is run once on noise for three steps, to compile it
 * and to see that it works; then it is run again from its first line, so it must not keep anything between.
 */
export declare function training(model: Model): AsyncIterable<Step>;

// The module "prepare" as train.ts sees it: the fixed half of the lab, which a researcher cannot change. This file has
// only declarations, because they are the manual; trainApi in training.ts implements them.
// Shapes: B rows of a batch, T = SEQ_LEN tokens of a row, V = VOCAB_SIZE.
import type { Tensor } from "nn";

/** T: tokens of context, the length of every row. The same for every experiment of a study. */
export declare const SEQ_LEN: number;

/** V: size of the vocabulary. Tokens 0..255 are the bytes, the others frequent pieces of text. */
export declare const VOCAB_SIZE: number;

/** Seconds of training; if the budget is in tokens, their maximum. Compiling and scoring do not count. */
export declare const BUDGET: number;

/** The model to train and score. The lab finds its parameters in the fields of the object. */
export interface Model {
  /**
   * Tokens u32 [B, T] to logits f32 [B, T, V]: at every position the unnormalised log-probabilities of the next token.
   * Must work for any B. It is recorded once as a graph and scored elsewhere, so it may depend only on parameters and
   * tokens; the logits at a position may depend only on tokens at and before it in the same row.
   */
  forward(tokens: Tensor): Tensor;
}

/** One step of the loop. */
export interface Step {
  /** 0, 1, 2, … */
  readonly index: number;
  /** The spent fraction of the budget, 0 to 1: the argument for schedules. */
  readonly progress: number;
  /**
   * A random batch of the training text: x u32 [rows, T], and y u32 [rows, T], the token after each of x. May be
   * called several times in a step; gradients then add up.
   */
  batch(rows: number): { x: Tensor; y: Tensor };
  /** Records numbers; scalar tensors are read back later, without waiting. The lab plots `loss`. */
  log(values: Record<string, Tensor | number>): void;
}

/**
 * The training loop: `for await (const step of training(model)) { … }`, once. It ends when the budget is spent; the lab
 * then scores the model. Before the real run the lab runs the file on noise for three steps, to compile and check it,
 * and then again from the first line: nothing may be kept between the two.
 */
export declare function training(model: Model): AsyncIterable<Step>;

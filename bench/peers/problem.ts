// One training problem for every contestant: the same initial weights and the same batches, made on the host, so that
// their first losses must agree. V vocabulary, d width, L layers, H heads, T time, B batch.

import { uniform } from "../shared/uniform.ts";
import type { StepConfig } from "../step/step-configs.ts";

export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
}

export interface Problem {
  readonly config: StepConfig;
  /** "table" [V, d], "gain" [d], and for layer i "i.gain1", "i.gain2" [d], "i.q", "i.k", "i.v", "i.out" [d, d], "i.up", "i.down". */
  readonly weights: ReadonlyMap<string, Weight>;
  /** cos and sin [T, d / H / 2] of the rotary embedding, angles t 10000^(-2 j / D). */
  readonly rotary: { readonly cos: Float32Array<ArrayBuffer>; readonly sin: Float32Array<ArrayBuffer> };
  /** Inputs and targets, [B, T]; every step has another batch. */
  batch(step: number): { readonly x: Uint32Array<ArrayBuffer>; readonly y: Uint32Array<ArrayBuffer> };
  readonly epsilon: number;
}

/** Hyperparameters shared by all contestants. */
export const ADAMW = { lr: 1e-3, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, decay: 0.01 } as const;
/** Epsilon of the norm of queries and keys; the problem sets that of the other norms. */
export const HEAD_EPSILON = 1e-6;

/** One contestant: every call does one whole step on the next batch and resolves with its loss. */
export interface Contestant {
  step(): Promise<number>;
}
export type Open = (problem: Problem) => Promise<Contestant>;

export function makeProblem(config: StepConfig, epsilon = 1e-6): Problem {
  const { V, d, L, H, T, B } = config;
  const random = uniform();
  const weights = new Map<string, Weight>();
  const add = (name: string, shape: readonly number[], std: number) => {
    const length = shape.reduce((a, b) => a * b, 1);
    const spread = std * Math.sqrt(12);
    const values = Float32Array.from({ length }, () => (std === 0 ? 1 : (random() - 0.5) * spread));
    weights.set(name, { shape, values });
  };
  add("table", [V, d], 0.02);
  add("gain", [d], 0);
  for (let i = 0; i < L; i++) {
    for (const name of ["gain1", "gain2"]) add(`${i}.${name}`, [d], 0);
    for (const name of ["q", "k", "v", "out"]) add(`${i}.${name}`, [d, d], d ** -0.5);
    add(`${i}.up`, [d, 4 * d], d ** -0.5);
    add(`${i}.down`, [4 * d, d], (4 * d) ** -0.5);
  }
  const half = d / H / 2;
  const angles = Array.from(
    { length: T * half },
    (_, i) => Math.floor(i / half) * 10000 ** (-(i % half) / half),
  );
  const stream = Uint32Array.from({ length: 200_000 }, () => Math.floor(random() * V));
  return {
    config,
    weights,
    rotary: { cos: Float32Array.from(angles, Math.cos), sin: Float32Array.from(angles, Math.sin) },
    epsilon,
    batch(step) {
      const at = (step * B * T) % (stream.length - B * T - 2);
      return { x: stream.slice(at, at + B * T), y: stream.slice(at + 1, at + 1 + B * T) };
    },
  };
}

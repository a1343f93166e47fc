// Curves and steps in the notebook's form: whole numbers, and the times of kernels apart from their names, since only
// the times differ between experiments.
import type { Curve, StepFigures } from "../../runner/index.ts";

/**
 * Resolution of a curve. `nat`: parts per nat; `ticks`: the most ticks in a curve (a tick: a power of ten of a second).
 */
const FINE = { nat: 1000, ticks: 10_000 } as const;
const COARSE = { nat: 100, ticks: 1000 } as const;

export interface PackedCurve {
  /** Ticks per second. */
  readonly ticks: number;
  /** Differences in ticks, from zero. */
  readonly seconds: readonly number[];
  /** Parts per nat; absent in files of version 2: 1000. */
  readonly nat?: number;
  /** Differences in these parts of a nat, from zero; null for a loss that is not finite. */
  readonly loss: readonly (number | null)[];
}

/** `fine`: for a kept experiment, with whose curve later ones are compared. */
export function packCurve(curve: Curve, fine: boolean): PackedCurve {
  const { nat, ticks: most } = fine ? FINE : COARSE;
  const total = curve.at(-1)?.[0] ?? 0;
  const ticks = 10 ** Math.max(0, Math.floor(Math.log10(most / Math.max(total, 1e-3))));
  const seconds = curve.map(([at]) => Math.round(at * ticks));
  let last = 0;
  return {
    ticks,
    nat,
    seconds: seconds.map((value, i) => value - (seconds[i - 1] ?? 0)),
    loss: curve.map(([, loss]) => {
      if (!Number.isFinite(loss)) return null;
      const difference = Math.round(loss * nat) - last;
      last += difference;
      return difference;
    }),
  };
}

/** A packed curve as points [seconds, loss]. */
export function unpackCurve({ ticks, nat = FINE.nat, seconds, loss }: PackedCurve): Curve {
  let at = 0;
  let value = 0;
  return seconds.map((step, i) => {
    at += step;
    const difference = loss[i] ?? null;
    value += difference ?? 0;
    return [at / ticks, difference === null ? NaN : value / nat] as const;
  });
}

type Kernel = StepFigures["kernels"][number];
export type PackedStep = Omit<StepFigures, "kernels"> & { readonly kernels: readonly Omit<Kernel, "ms">[] };

/** A step's kernels in the order of their names, and their times [ms] apart from them. */
export function packStep(figures: StepFigures): {
  readonly step: PackedStep;
  readonly stepMs: readonly number[];
} {
  const sorted = [...figures.kernels].sort((a, b) => (a.label + a.file < b.label + b.file ? -1 : 1));
  const kernels = sorted.map(({ label, file, count, flops, bytes }) => ({
    label,
    file,
    count,
    flops,
    bytes,
  }));
  return { step: { ...figures, kernels }, stepMs: sorted.map(({ ms }) => ms) };
}

/** A packed step with the times of its kernels, the slowest first. */
export function unpackStep(step: PackedStep, stepMs: readonly number[]): StepFigures {
  const kernels = step.kernels.map((kernel, i) => ({ ...kernel, ms: stepMs[i] ?? 0 }));
  return { ...step, kernels: kernels.sort((a, b) => b.ms - a.ms) };
}

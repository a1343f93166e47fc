// Chooses kernels by measurement, within a budget of time: the most expensive classes of shapes first; the rest keeps
// its default. Not used on software adapters: there one candidate takes 0.1 to 0.3 s to compile, and the defaults were
// measured (see kernels/layers/matmul.ts).

import type { Choice, Kernel } from "../kernels/kernel.ts";
import type { Runtime } from "../runtime/index.ts";
import { estimate } from "../kernels/split.ts";
import { tryOut } from "./trial.ts";

/** A dispatch of a plan that is not built yet. */
interface Planned {
  readonly kernel: Kernel;
  /** Number of elements of each binding, of four bytes. */
  readonly counts: readonly number[];
}

/** Limits of a trial: memory [bytes], because the model needs the rest, and time of one dispatch [ms]. */
const MAX_BYTES = 2 ** 28;
const MAX_MS = 25;

/** One class of shapes in a plan. */
interface Class {
  readonly choice: Choice;
  readonly planned: Planned;
  /** Estimated time of one dispatch, and of all in the plan [ms]. */
  readonly each: number;
  total: number;
}

/**
 * Measures the candidates of the dispatches and adds the names of the fastest to `choices`, for classes that it does
 * not contain yet. Ends after `budgetMs`, plus at most one class. Returns whether any class got a kernel other than its
 * default.
 */
export async function tune(
  runtime: Runtime,
  choices: Map<string, string>,
  dispatches: readonly Planned[],
  budgetMs: number,
  now = () => performance.now(),
): Promise<boolean> {
  const end = now() + budgetMs;
  let changed = false;
  for (const { choice, planned, each } of classesOf(dispatches, choices, runtime.capabilities.software)) {
    if (now() >= end) break;
    const bytes = 8 * planned.counts.reduce((sum, count) => sum + count, 0);
    if (bytes > MAX_BYTES || each > MAX_MS) continue;
    const name = await tryOut(runtime, choice, planned.counts, each);
    if (name === null) continue;
    choices.set(choice.key, name);
    changed ||= name !== choice.candidates[0].name;
  }
  return changed;
}

/** The classes without a measurement, the most expensive first. */
function classesOf(
  dispatches: readonly Planned[],
  choices: ReadonlyMap<string, string>,
  software: boolean,
): Class[] {
  const classes = new Map<string, Class>();
  for (const planned of dispatches) {
    const { choice } = planned.kernel;
    if (choice === undefined || choices.has(choice.key)) continue;
    const each = estimate(planned.kernel, software);
    const known = classes.get(choice.key);
    if (known === undefined) classes.set(choice.key, { choice, planned, each, total: each });
    else known.total += each;
  }
  return [...classes.values()].sort((a, b) => b.total - a.total);
}

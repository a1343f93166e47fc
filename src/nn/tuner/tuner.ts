// Chooses kernels by measuring them, within a budget of time: the most expensive classes of shapes first, and when time
// is up the rest keeps its default. Software adapters are left out: there one candidate takes 0.1 to 0.3 s to compile
// and the defaults were measured (see kernels/layers/matmul.ts).

import type { Choice, Kernel } from "../kernels/kernel.ts";
import type { Runtime } from "../runtime/index.ts";
import { estimate } from "../kernels/split.ts";
import { tryOut } from "./trial.ts";

/** A dispatch of a plan that is still to be made. */
interface Planned {
  readonly kernel: Kernel;
  /** Elements of four bytes of each binding. */
  readonly counts: readonly number[];
}

/** Larger trials are not made: memory that the model will need, and dispatches that take too long [bytes, ms]. */
const MAX_BYTES = 2 ** 28;
const MAX_MS = 25;

/** One class of shapes in a plan. */
interface Class {
  readonly choice: Choice;
  readonly planned: Planned;
  /** Of one dispatch, and of all in the plan [ms, as guessed]. */
  readonly each: number;
  total: number;
}

/**
 * Measures what the dispatches could have been and puts the names of the best into `choices`, for classes that are not
 * there yet. Ends when `budgetMs` are over, give or take one class. Whether any class got another kernel than its default.
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

/** The classes not measured yet, the most expensive first. */
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

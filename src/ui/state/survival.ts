// How much of the gain on the validation text is there on the hidden test text too.

import type { ExperimentView } from "../../research/index.ts";

type Hidden = NonNullable<ExperimentView["hidden"]>;

interface Survival {
  readonly first: Hidden;
  readonly last: Hidden;
  /** Test gain over validation gain, of the same weights; null while nothing was gained. */
  readonly share: number | null;
}

/** From the first and the newest of the frontier that were scored on the test text; null when none was. */
export function survival(experiments: readonly ExperimentView[]): Survival | null {
  const scored = experiments.flatMap(({ hidden }) => (hidden === null ? [] : [hidden]));
  const [first, last] = [scored[0], scored.at(-1)];
  if (first === undefined || last === undefined) return null;
  const gained = first.valBpb - last.valBpb;
  return { first, last, share: gained > 0 ? (first.testBpb - last.testBpb) / gained : null };
}

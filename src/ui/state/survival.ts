// How much of the gain on the validation text is there on the held-out test text too.

import type { ExperimentView } from "../../research/index.ts";
import { bpb } from "./format.ts";

type Hidden = NonNullable<ExperimentView["hidden"]>;

interface Survival {
  readonly first: Hidden;
  readonly last: Hidden;
  /** `Test gain 0.0467 of validation gain 0.0473.`, of the same weights; "" while nothing was gained. */
  readonly words: string;
}

/** From the first and the newest of the frontier that were scored on the test text; null when none was. */
export function survival(experiments: readonly ExperimentView[]): Survival | null {
  const scored = experiments.flatMap(({ hidden }) => (hidden === null ? [] : [hidden]));
  const [first, last] = [scored[0], scored.at(-1)];
  if (first === undefined || last === undefined) return null;
  const validation = first.valBpb - last.valBpb;
  return { first, last, words: validation > 0 ? gains(first.testBpb - last.testBpb, validation) : "" };
}

const gains = (test: number, validation: number): string =>
  test < 0
    ? `Test score got worse by ${bpb(-test)}, validation score better by ${bpb(validation)}.`
    : `Test gain ${bpb(test)} of validation gain ${bpb(validation)}.`;

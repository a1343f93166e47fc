// How much of the gain on the validation text also appears on the held-out test text.

import type { ExperimentView } from "../../research/index.ts";
import { bpb } from "./format.ts";

type Hidden = NonNullable<ExperimentView["hidden"]>;

interface Survival {
  readonly first: Hidden;
  readonly last: Hidden;
  /** Gains of the same weights since the first score [bits per byte]; more is better. */
  readonly testGain: number;
  readonly validationGain: number;
}

/** Compares the first and the newest experiment that were scored on the test text; null when none was. */
export function survival(experiments: readonly ExperimentView[]): Survival | null {
  const scored = experiments.flatMap(({ hidden }) => (hidden === null ? [] : [hidden]));
  const [first, last] = [scored[0], scored.at(-1)];
  if (first === undefined || last === undefined) return null;
  const gain = (of: keyof Hidden) => first[of] - last[of];
  return { first, last, testGain: gain("testBpb"), validationGain: gain("valBpb") };
}

/** One sentence; empty while nothing was gained. */
export function survivalWords({ testGain, validationGain }: Survival): string {
  if (validationGain <= 0) return "";
  return testGain < 0
    ? `Test score got worse by ${bpb(-testGain)} while the validation score gained ${bpb(validationGain)}.`
    : `Test gain ${bpb(testGain)} of validation gain ${bpb(validationGain)}.`;
}

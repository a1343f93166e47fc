// The props of every part of the selected experiment.

import type { ExperimentView } from "../../research/index.ts";

export interface Shown {
  readonly experiment: ExperimentView;
  readonly compared: ExperimentView | null;
}

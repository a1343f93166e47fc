// The tuner measures which of several kernels for the same result is fastest on this adapter. tuner.ts selects the
// kernels to measure, trial.ts measures them, tuning.ts stores the results.

export { tune } from "./tuner.ts";
export { adapterKey, GENERATION, parseTuning, tuningFor } from "./tuning.ts";
export type { Tuning } from "./tuning.ts";

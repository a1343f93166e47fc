// The tuner: which of several kernels that compute the same is fastest on this adapter. tuner.ts decides what to try,
// trial.ts tries, tuning.ts is what is remembered.

export { tune } from "./tuner.ts";
export { adapterKey, GENERATION, parseTuning, tuningFor } from "./tuning.ts";
export type { Tuning } from "./tuning.ts";

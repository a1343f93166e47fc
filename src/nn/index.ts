// The tensor engine. Lives here: tensors and operations as train.ts writes them (api.ts, re-exported as `nn`), the
// lazy graph and its gradients, plans that turn a recorded step into few dispatches, the optimizers, the WebGPU
// runtime underneath, and recorded forward passes that travel as data. Tests hold all of it to reference/, in float64.

export * as nn from "./api.ts";
export { Tensor } from "./tensor/tensor.ts";
export { Engine } from "./engine/engine.ts";
export type { MemoryUse } from "./engine/step-profile.ts";
export { InputTensor, Session } from "./engine/session.ts";
export { internals } from "./engine/internals.ts";
export { readParameters, recordForward } from "./forward/export-forward.ts";
export { loopsAtTheirBound } from "./ops/layers/kernel.ts";
export { silentFault } from "./forward/silent-faults.ts";
export { loadGraph } from "./forward/import-forward.ts";
export { RecordingSession } from "./tape/record-step.ts";
export { StepPlayer } from "./tape/play-step.ts";
export type { BatchSource } from "./tape/play-step.ts";
export { RunDigest } from "./tape/run-digest.ts";
export { readRequest } from "./tape/read-request.ts";
export type { StepRequest } from "./tape/step-format.ts";
export type { Dependence, Finding } from "./dependence/dependence.ts";
export { describeProfile, sumKernels } from "./engine/step-profile.ts";
export type { StepProfile } from "./engine/step-profile.ts";
export { parseTuning } from "./tuner/index.ts";
export type { Tuning } from "./tuner/index.ts";
export { Random } from "./values/random.ts";
export { noGrad } from "./tensor/backward.ts";
export type { HostArray } from "./graph/leaf.ts";

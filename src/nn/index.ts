// The tensor engine. Lives here: tensors and operations as train.ts writes them (api.ts, re-exported as `nn`), the
// lazy graph and its gradients, plans that turn a recorded step into few dispatches, the optimizers, the WebGPU
// runtime underneath, recorded forward passes that travel as data, and the float64 reference they are all held to.

export * as nn from "./api.ts";
export { Tensor } from "./tensor.ts";
export { Engine } from "./engine.ts";
export type { EngineOptions, MemoryUse } from "./engine.ts";
export { internals } from "./internals.ts";
export { InputTensor, Session } from "./session.ts";
export { ReferenceBackend } from "./reference/index.ts";
export { readParameters, recordForward } from "./record.ts";
export type { RecordedForward, RecordedGraph, RecordedNode } from "./record.ts";
export { loadGraph } from "./load.ts";
export type { GraphLimits, LoadedGraph } from "./load.ts";
export type { Dependence, Finding } from "./dependence/dependence.ts";
export type { KernelTime, AdapterInfo, DeviceLimits } from "./runtime/index.ts";
export { describeMemory, describeProfile, modelFlopUtilisation, share, sumKernels } from "./step-profile.ts";
export type { AdapterPeak, KernelSum, StepProfile } from "./step-profile.ts";
export type { Capabilities } from "./kernels/kernel.ts";
export { parseTuning } from "./tuner/index.ts";
export type { Tuning } from "./tuner/index.ts";
export { noGrad } from "./backward.ts";
export type { HostArray } from "./leaf.ts";
export type { Backend, Work } from "./backend.ts";
export type { DType } from "./graph.ts";
export type { Shape } from "./shape.ts";

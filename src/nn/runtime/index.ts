// The runtime: one device, its memory, compiled kernels and programs of dispatches. It knows WebGPU and kernels and
// nothing of tensors; the planner decides what runs, this folder makes it run. node.ts (WebGPU outside a browser) is
// imported on its own, by tests and benches.

export { Runtime } from "./runtime.ts";
export { NO_MEMORY } from "./buffers.ts";
export type { Slice } from "./buffers.ts";
export { excess, Program } from "./program.ts";
export type { Dispatch } from "./program.ts";
export type { AdapterInfo, DeviceLimits, WantedFeature } from "./device.ts";
export type { KernelTime } from "./profile.ts";

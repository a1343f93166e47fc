// The runtime: one device, its memory, compiled kernels and programs of dispatches. It handles WebGPU and kernels, not
// tensors: the planner chooses the dispatches, this folder runs them. Tests and benches import node.ts (WebGPU outside
// a browser) directly.

export { Runtime } from "./runtime.ts";
export { NO_MEMORY } from "./buffers.ts";
export type { Slice } from "./buffers.ts";
export { excess, Program } from "./program.ts";
export type { Dispatch } from "./program.ts";
export type { AdapterInfo, DeviceLimits, WantedFeature } from "./device.ts";
export type { KernelTime } from "./profile.ts";

// For tests of the planner: steps that are planned for invented devices and never run.

import type { Backend, Work } from "../../graph/backend.ts";
import type { Capabilities } from "../../kernels/kernel.ts";
import { numel } from "../../values/shape.ts";

/** The capabilities of every WebGPU device, here a software adapter without optional features. */
export const MIN_CAPABILITIES: Capabilities = {
  subgroup: 0,
  f16: false,
  software: true,
  maxInvocations: 256,
  maxWorkgroupStorage: 16384,
  maxStorageBinding: 2 ** 27,
  maxStorageBuffers: 8,
  maxWorkgroups: 65535,
};

/** Passes each step to the test; every value that is read is zeros. */
export class Planning implements Backend {
  readonly #see: (work: Work) => void;
  constructor(see: (work: Work) => void) {
    this.#see = see;
  }
  execute(work: Work): Promise<Float32Array[]> {
    this.#see(work);
    return Promise.resolve(work.wanted.map(({ shape }) => new Float32Array(numel(shape))));
  }
  prepare(): Promise<void> {
    return Promise.resolve();
  }
  forget(): void {
    // it keeps nothing
  }
}

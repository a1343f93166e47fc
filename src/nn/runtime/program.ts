// A plan made ready: pipelines and bind groups finished, submissions cut short. Running it creates nothing but the
// command buffers. One long submission would freeze the page's own drawing, so a program is cut where its estimated
// time says, and the estimate is corrected by what the runs really take.

import { assert, LabError } from "../../error.ts";
import { uniformLength, type Kernel } from "../kernels/kernel.ts";
import { estimate } from "../kernels/split.ts";
import type { Slice } from "./buffers.ts";
import type { DeviceLimits } from "./device.ts";
import type { Pipelines } from "./pipelines.ts";

/** One kernel on its slices, in binding order. */
export interface Dispatch {
  readonly kernel: Kernel;
  readonly slices: readonly Slice[];
  /** Where its block of numbers starts, in f32, a multiple of 64. Ignored where the kernel has no uniform. */
  readonly numbersOffset: number;
  /** What stands before an error of its text: `train.ts:12: `. */
  readonly before?: string;
}

/** Dispatches of one submission are estimated to take no longer than this, for the page is drawn between two of them. */
const SUBMISSION_MS = 50;

/**
 * The same on a software adapter, where a page is drawn past the queue: at 60 frames a second with either (Nov 2026,
 * SwiftShader, C0). Each submission costs 40 to 90 microseconds of JavaScript.
 */
const SOFTWARE_SUBMISSION_MS = 200;

interface Step {
  readonly dispatch: Dispatch;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly cost: number;
}

export class Program {
  readonly steps: readonly Step[];
  readonly numbersLength: number;
  readonly #device: GPUDevice;
  readonly #numbers: GPUBuffer | null;
  readonly #submissionMs: number;
  /** Measured milliseconds per estimated one. */
  #pace = 1;
  #cuts: number[] = [];

  constructor(
    device: GPUDevice,
    limits: DeviceLimits,
    software: boolean,
    pipelines: Pipelines,
    dispatches: readonly Dispatch[],
    numbersLength: number,
  ) {
    this.#device = device;
    this.#submissionMs = software ? SOFTWARE_SUBMISSION_MS : SUBMISSION_MS;
    this.numbersLength = numbersLength;
    this.#numbers =
      numbersLength === 0
        ? null
        : device.createBuffer({
            label: "numbers",
            size: Math.ceil(numbersLength / 64) * 256,
            usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
          });
    this.steps = dispatches.map((dispatch) => {
      checkDispatch(dispatch, limits);
      const compiled = pipelines.get({ ...dispatch, writable: needsWritable(dispatch) });
      const entries: GPUBindGroupEntry[] = dispatch.slices.map((slice, binding) => ({
        binding,
        resource: { buffer: slice.buffer, offset: slice.offset, size: Math.ceil(slice.size / 4) * 4 },
      }));
      const numbers = uniformLength(dispatch.kernel);
      if (numbers > 0) {
        assert(this.#numbers !== null, `${dispatch.kernel.label}: the program has no numbers`);
        const offset = dispatch.numbersOffset * 4;
        const size = Math.ceil(numbers / 4) * 16;
        assert(
          offset % 256 === 0 && offset + size <= this.#numbers.size,
          `${dispatch.kernel.label}: numbers block`,
        );
        entries.push({ binding: entries.length, resource: { buffer: this.#numbers, offset, size } });
      }
      const group = device.createBindGroup({
        label: dispatch.kernel.label,
        layout: compiled.layout,
        entries,
      });
      return { dispatch, pipeline: compiled.pipeline, group, cost: estimate(dispatch.kernel, software) };
    });
    this.#cut();
  }

  /** Estimated milliseconds of one run, corrected by the runs so far. */
  get expectedMs(): number {
    return this.#pace * this.steps.reduce((sum, step) => sum + step.cost, 0);
  }

  get submissions(): number {
    return this.#cuts.length;
  }

  writeNumbers(numbers: Float32Array<ArrayBuffer>): void {
    assert(numbers.length === this.numbersLength, "numbers have the length of the program");
    if (this.#numbers !== null) this.#device.queue.writeBuffer(this.#numbers, 0, numbers);
  }

  submit(): void {
    let start = 0;
    for (const end of this.#cuts) {
      const encoder = this.#device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (let i = start; i < end; i++) {
        const step = this.steps[i];
        assert(step !== undefined, "cuts lie within the program");
        encode(pass, step);
      }
      pass.end();
      this.#device.queue.submit([encoder.finish()]);
      start = end;
    }
  }

  /** Tells what a run really took. The cuts move only when the estimate was off by a third. */
  observe(ms: number): void {
    const ratio = ms / Math.max(this.expectedMs, 1e-3);
    this.#pace *= Math.min(4, Math.max(0.25, ratio)) ** 0.5;
    if (ratio > 4 / 3 || ratio < 3 / 4) this.#cut();
  }

  destroy(): void {
    this.#numbers?.destroy();
  }

  #cut(): void {
    const cuts: number[] = [];
    let sum = 0;
    for (const [i, step] of this.steps.entries()) {
      const ms = step.cost * this.#pace;
      if (sum > 0 && sum + ms > this.#submissionMs) {
        cuts.push(i);
        sum = 0;
      }
      sum += ms;
    }
    if (this.steps.length > 0) cuts.push(this.steps.length);
    this.#cuts = cuts;
  }
}

export function encode(pass: GPUComputePassEncoder, step: Step): void {
  pass.setPipeline(step.pipeline);
  pass.setBindGroup(0, step.group);
  const [x, y, z] = step.dispatch.kernel.grid;
  pass.dispatchWorkgroups(x, y, z);
}

/** Whether a buffer it reads is also one it writes, so that its reads must be bound as writable. */
export function needsWritable({ kernel, slices }: Dispatch): boolean {
  const written = new Set(
    slices.filter((_, i) => kernel.bindings[i] !== "read").map((slice) => slice.buffer),
  );
  return slices.some((slice, i) => kernel.bindings[i] === "read" && written.has(slice.buffer));
}

/** What a dispatch has more of than the device offers. */
interface Excess {
  readonly what: string;
  readonly got: number;
  readonly expected: number;
  /** The binding that is too large, where it is one. */
  readonly binding?: number;
}

/** Whether a kernel on operands of these sizes, in bytes, exceeds a device; null where it does not. */
export function excess(kernel: Kernel, sizes: readonly number[], limits: DeviceLimits): Excess | null {
  const { maxStorageBuffers, maxWorkgroups, maxStorageBinding } = limits;
  if (sizes.length > maxStorageBuffers)
    return { what: "storage buffers", got: sizes.length, expected: maxStorageBuffers };
  const groups = Math.max(...kernel.grid);
  if (groups > maxWorkgroups)
    return { what: "workgroups along an axis", got: groups, expected: maxWorkgroups };
  const binding = sizes.findIndex((size) => size > maxStorageBinding);
  if (binding < 0) return null;
  return { what: "bytes in one binding", got: sizes[binding], expected: maxStorageBinding, binding };
}

function checkDispatch({ kernel, slices }: Dispatch, limits: DeviceLimits): void {
  assert(
    slices.length === kernel.bindings.length,
    `${kernel.label}: ${kernel.bindings.length} bindings but ${slices.length} slices`,
  );
  const sizes = slices.map(({ size }) => size);
  const over = excess(kernel, sizes, limits);
  if (over)
    throw new LabError("limit", {
      what: `${kernel.label}: too many ${over.what}`,
      got: `${over.got}`,
      expected: `at most ${over.expected}`,
      hint: "make the tensors smaller",
    });
  for (const [i, slice] of slices.entries()) {
    assert(slice.offset % 256 === 0, `${kernel.label}: the offset of slice ${i} is a multiple of 256`);
    for (const [j, other] of slices.entries()) {
      if (j >= i || other.buffer !== slice.buffer) continue;
      const overlap = slice.offset < other.offset + other.size && other.offset < slice.offset + slice.size;
      const reads = kernel.bindings[i] === "read" && kernel.bindings[j] === "read";
      assert(
        !overlap || (reads && !needsWritable({ kernel, slices, numbersOffset: 0 })),
        `${kernel.label}: bindings ${j} and ${i} overlap in a buffer that it writes`,
      );
    }
  }
}

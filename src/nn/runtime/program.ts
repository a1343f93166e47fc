// A plan ready to run: pipelines, bind groups, short submissions. A run creates nothing but the command buffers. One
// long submission would block the drawing of the page, so a program is cut into submissions by its estimated time, and
// measured runs correct the estimate.

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
  /** Start of its block of numbers, in f32 elements, a multiple of 64. Ignored if the kernel has no uniform. */
  readonly numbersOffset: number;
  /** Prefix of compile errors: `train.ts:12: `. */
  readonly before?: string;
}

/** Maximum estimated time of a submission [ms], because the page is drawn only between submissions. */
const SUBMISSION_MS = 50;

/**
 * The same on a software adapter, where drawing a page does not wait for the queue: 60 frames a second with either
 * limit (November 2026, SwiftShader, model C0). Each submission costs 40 to 90 microseconds of JavaScript.
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
  /** Ratio of measured to estimated time. */
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

  /** Estimated time of one run, corrected by the runs so far [ms]. */
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

  /** Corrects the estimate by the measured time of a run. The cuts move only if the estimate was off by a third. */
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

/** Whether a dispatch reads and writes the same buffer, so that its reads must be bound as writable. */
export function needsWritable({ kernel, slices }: Dispatch): boolean {
  const written = new Set(
    slices.filter((_, i) => kernel.bindings[i] !== "read").map((slice) => slice.buffer),
  );
  return slices.some((slice, i) => kernel.bindings[i] === "read" && written.has(slice.buffer));
}

/** A limit of the device that a dispatch exceeds. */
interface Excess {
  readonly what: string;
  readonly got: number;
  readonly expected: number;
  /** Index of the binding, if a binding is too large. */
  readonly binding?: number;
}

/** The limit that a kernel exceeds on operands of these sizes [bytes]; null if it exceeds none. */
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

// Device memory: allocations, checked first against the device's limits; and staging buffers, kept between readbacks
// because mapping a fresh buffer costs more than the copy.

import { assert, LabError } from "../../error.ts";
import { megabytes } from "../values/megabytes.ts";
import type { DeviceLimits } from "./device.ts";

/** A range of a buffer, in bytes. Offsets of slices that kernels bind are multiples of 256. */
export interface Slice {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

const SLICE_ALIGNMENT = 256;

/** Hint for errors of a device without free memory. */
export const NO_MEMORY = "make the model or the batch smaller, or close other tabs that use the GPU";

export class Buffers {
  /** Number of buffers for which the device had no memory: everything built with them is unusable. */
  faults = 0;
  readonly #device: GPUDevice;
  readonly #limits: DeviceLimits;
  readonly #onError: (error: LabError) => void;
  #bytes = 0;

  constructor(device: GPUDevice, limits: DeviceLimits, onError: (error: LabError) => void) {
    this.#device = device;
    this.#limits = limits;
    this.#onError = onError;
  }

  /** Bytes allocated and not yet freed (staging buffers not counted). */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Zeroed storage of at least `bytes`, rounded up to 256. Throws LabError "memory" past the device's limit. A device
   * without free memory reports it later, to `onError`; `refused` then gives the error, if present.
   */
  allocate(bytes: number, label: string, refused?: () => LabError): GPUBuffer {
    const size = Math.max(SLICE_ALIGNMENT, Math.ceil(bytes / SLICE_ALIGNMENT) * SLICE_ALIGNMENT);
    if (size > this.#limits.maxBufferSize)
      throw new LabError("memory", {
        what: `${label} does not fit in one buffer of this device`,
        got: megabytes(size),
        expected: `at most ${megabytes(this.#limits.maxBufferSize)}`,
        hint: "make the model or the batch smaller",
      });
    this.#device.pushErrorScope("out-of-memory");
    const buffer = this.#device.createBuffer({
      label,
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    void this.#device.popErrorScope().then((error) => {
      if (error === null) return;
      this.faults++;
      this.#onError(
        refused?.() ??
          new LabError("memory", {
            what: `the device has no memory left for ${label}`,
            got: megabytes(size),
            hint: NO_MEMORY,
          }),
      );
    });
    this.#bytes += size;
    return buffer;
  }

  free(buffer: GPUBuffer): void {
    this.#bytes -= buffer.size;
    buffer.destroy();
  }
}

/** Reads slices back. Staging buffers come in powers of two and return to the pool after use. */
export class Readback {
  readonly #device: GPUDevice;
  readonly #pool: GPUBuffer[] = [];
  #over = false;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The contents of each slice after everything submitted so far has run. Offsets must be multiples of 4. */
  async read(slices: readonly Slice[]): Promise<ArrayBuffer[]> {
    const starts: number[] = [];
    let total = 0;
    for (const slice of slices) {
      assert(slice.offset % 4 === 0, "read: slice offset is a multiple of 4");
      starts.push(total);
      total += Math.ceil(slice.size / 4) * 4;
    }
    if (total === 0) return slices.map(() => new ArrayBuffer(0));
    const staging = this.#take(total);
    const encoder = this.#device.createCommandEncoder();
    for (const [i, slice] of slices.entries()) {
      const size = Math.ceil(slice.size / 4) * 4;
      if (size > 0) encoder.copyBufferToBuffer(slice.buffer, slice.offset, staging, starts[i], size);
    }
    this.#device.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(GPUMapMode.READ, 0, total);
    } catch (cause) {
      staging.destroy();
      throw new LabError("device", { what: "reading from the GPU failed: the device was lost", cause });
    }
    const mapped = staging.getMappedRange(0, total);
    const results = slices.map((slice, i) => {
      const start = starts[i];
      return mapped.slice(start, start + slice.size);
    });
    if (this.#over) staging.destroy();
    else {
      staging.unmap();
      this.#pool.push(staging);
    }
    return results;
  }

  destroy(): void {
    this.#over = true;
    for (const buffer of this.#pool.splice(0)) buffer.destroy();
  }

  // The smallest buffer that fits. At most eight are kept, so that a huge one does not stay for ever.
  #take(bytes: number): GPUBuffer {
    const fitting = this.#pool.filter((buffer) => buffer.size >= bytes).sort((a, b) => a.size - b.size)[0];
    if (fitting !== undefined) {
      this.#pool.splice(this.#pool.indexOf(fitting), 1);
      return fitting;
    }
    while (this.#pool.length > 7) this.#pool.shift()?.destroy();
    return this.#device.createBuffer({
      label: "readback",
      size: Math.max(256, 2 ** Math.ceil(Math.log2(bytes))),
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }
}

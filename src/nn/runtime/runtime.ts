// The interface to the GPU: buffers, pipelines, programs and readback on one device, without tensors. The next call
// throws an error that the GPU reports late, once, so that no error is lost and none is fatal.

import { LabError } from "../../error.ts";
import type { Capabilities, Kernel } from "../kernels/kernel.ts";
import { Buffers, Readback, type Slice } from "./buffers.ts";
import {
  describeDevice,
  openDevice,
  type AdapterInfo,
  type DeviceLimits,
  type OpenDevice,
  type WantedFeature,
} from "./device.ts";
import { measurePeak, type AdapterPeak } from "./peak.ts";
import { Pipelines } from "./pipelines.ts";
import { profile, type KernelTime } from "./profile.ts";
import { needsWritable, Program, type Dispatch } from "./program.ts";

interface RuntimeOptions {
  /** Default: `navigator.gpu`. */
  readonly gpu?: GPU;
  /** A device that is already open; `gpu` is not used then. */
  readonly device?: GPUDevice;
  readonly adapterInfo?: GPUAdapterInfo;
  /** Optional features to ask for; default all of subgroups, shader-f16, timestamp-query. */
  readonly preferFeatures?: readonly WantedFeature[];
}

export class Runtime {
  readonly device: GPUDevice;
  readonly capabilities: Capabilities;
  /** The kernels measured best on this device, by class of shapes: part of `capabilities`, filled by the tuner. */
  readonly choices = new Map<string, string>();
  readonly info: AdapterInfo;
  readonly limits: DeviceLimits;
  readonly #open: OpenDevice;
  readonly #pipelines: Pipelines;
  readonly #buffers: Buffers;
  readonly #readback: Readback;
  readonly #unlisten: () => void;
  #failure: LabError | null = null;
  #inFlight: Promise<void>[] = [];
  #idleSince = 0;

  private constructor(open: OpenDevice, pipelines = new Pipelines(open.device)) {
    this.#open = open;
    this.device = open.device;
    this.capabilities = { ...open.capabilities, choices: this.choices };
    this.info = open.info;
    this.limits = open.limits;
    const fail = (error: LabError): void => {
      this.#failure ??= error;
    };
    this.#pipelines = pipelines;
    const unlisten = pipelines.listen(fail);
    this.#buffers = new Buffers(open.device, open.limits, fail);
    this.#readback = new Readback(open.device);
    const refused = (event: GPUUncapturedErrorEvent): void => {
      const [got] = event.error.message.split("\n");
      fail(new LabError("device", { what: "the GPU refused a command", got }));
    };
    open.device.addEventListener("uncapturederror", refused);
    this.#unlisten = () => {
      unlisten();
      open.device.removeEventListener("uncapturederror", refused);
    };
  }

  /** Opens the best adapter. Throws LabError "device" where there is none. */
  static async open(options: RuntimeOptions = {}): Promise<Runtime> {
    if (options.device !== undefined) return new Runtime(describeDevice(options.device, options.adapterInfo));
    const gpu = options.gpu ?? (globalThis.navigator as Partial<Navigator> | undefined)?.gpu;
    return new Runtime(await openDevice(gpu, options.preferFeatures));
  }

  /** Another one on the same device, with its compiled kernels; buffers and choices of kernels are its own. */
  beside(): Runtime {
    return new Runtime(this.#open, this.#pipelines);
  }

  /** Resolves with one line when the device is lost (or closed by `close`). */
  get lost(): Promise<string> {
    return this.#open.lost;
  }

  /** Bytes allocated on the device and not freed. */
  get allocatedBytes(): number {
    return this.#buffers.bytes;
  }

  get pipelineCount(): number {
    return this.#pipelines.size;
  }

  /** Grows when a pipeline compiled in passing, or a buffer, turns out to be faulty: programs made so far may hold it. */
  get faults(): number {
    return this.#pipelines.faults + this.#buffers.faults;
  }

  /** See Buffers.allocate. Free with `free`. */
  allocate(bytes: number, label: string, refused?: () => LabError): GPUBuffer {
    this.#check();
    return this.#buffers.allocate(bytes, label, refused);
  }

  free(buffer: GPUBuffer): void {
    this.#buffers.free(buffer);
  }

  /**
   * Compiles new kernels in parallel: a dispatch with slices in the variant that they need, any other item unchanged.
   * Rejects with LabError "wgsl" that names file, line and message.
   */
  async compile(
    items: readonly (Kernel | Dispatch | Pick<Dispatch, "kernel" | "before">)[],
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    this.#check();
    const requests = items.map((item) => {
      if (!("kernel" in item)) return { kernel: item, writable: false };
      return { ...item, writable: "slices" in item && needsWritable(item) };
    });
    await this.#pipelines.compile(requests, onProgress);
    this.#check();
  }

  /** Makes dispatches ready to run again and again. Throws LabError "limit" where one exceeds the device. */
  program(dispatches: readonly Dispatch[], numbersLength: number): Program {
    this.#check();
    const { software } = this.capabilities;
    return new Program(this.device, this.limits, software, this.#pipelines, dispatches, numbersLength);
  }

  /** Writes the numbers and submits without waiting. Throws the GPU's late errors of earlier calls. */
  run(program: Program, numbers: Float32Array<ArrayBuffer>): void {
    this.#check();
    program.writeNumbers(numbers);
    const submitted = performance.now();
    program.submit();
    const done = this.device.queue.onSubmittedWorkDone().then(
      () => {
        const now = performance.now();
        program.observe(now - Math.max(submitted, this.#idleSince));
        this.#idleSince = now;
      },
      // A lost device rejects here; `lost` and the next call say so.
      () => undefined,
    );
    this.#inFlight.push(done);
    void done.then(() => this.#inFlight.splice(this.#inFlight.indexOf(done), 1));
  }

  /** Copies host data into a slice, in order with the runs around it. */
  upload(slice: Slice, data: ArrayBufferView<ArrayBuffer>): void {
    this.#check();
    if (data.byteLength > slice.size)
      throw new LabError("internal", {
        what: "upload",
        got: `${data.byteLength} bytes`,
        expected: `${slice.size}`,
      });
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (bytes.byteLength % 4 === 0) this.device.queue.writeBuffer(slice.buffer, slice.offset, bytes);
    else {
      const whole = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4);
      whole.set(bytes);
      this.device.queue.writeBuffer(slice.buffer, slice.offset, whole);
    }
  }

  /** The contents of slices after everything submitted so far. */
  async read(slices: readonly Slice[]): Promise<ArrayBuffer[]> {
    this.#check();
    const results = await this.#readback.read(slices);
    this.#check();
    return results;
  }

  /** Resolves once at most `maxInFlight` runs are unfinished: the loop's back-pressure. */
  async settled(maxInFlight: number): Promise<void> {
    while (this.#inFlight.length > maxInFlight) await this.#inFlight[0];
    this.#check();
  }

  /** Resolves once all runs so far are finished on the device; later runs do not delay it. */
  async finished(): Promise<void> {
    await this.#inFlight.at(-1);
    this.#check();
  }

  /** Time per kernel over one more run of the program. */
  async profile(program: Program): Promise<KernelTime[]> {
    this.#check();
    const times = await profile(this.device, program);
    this.#idleSince = performance.now();
    return times;
  }

  /** Measures the peak rates of the adapter; call it between steps. Takes about a fifth of a second. */
  async peak(): Promise<AdapterPeak> {
    this.#check();
    const peak = await measurePeak(this.device);
    this.#idleSince = performance.now();
    return peak;
  }

  /** Frees its staging memory and hears of no more errors; the device stays open for others. It is of no more use. */
  leave(): void {
    this.#unlisten();
    this.#readback.destroy();
  }

  /** Gives the device back. */
  close(): void {
    this.leave();
    this.device.destroy();
  }

  #check(): void {
    const lost = this.#open.lostReason();
    if (lost !== null)
      throw new LabError("device", { what: lost, hint: "reload the page if it happens again" });
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }
}

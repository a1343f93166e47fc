// The engine: recorded steps on a WebGPU device. One device, its plans, its memory. Everything the lab does with
// tensors goes through one of these; the functions of train.ts record into the one that is active.

import type { MemoryUse, StepProfile } from "./step-profile.ts";
import { LabError } from "../../error.ts";
import { GpuBackend } from "./gpu-backend.ts";
import type { Persistent } from "../graph/leaf.ts";
import type { Capabilities } from "../kernels/kernel.ts";
import {
  Runtime,
  type AdapterInfo,
  type DeviceLimits,
  type KernelTime,
  type WantedFeature,
} from "../runtime/index.ts";
import { Session } from "./session.ts";
import type { AdapterPeak } from "../runtime/peak.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { adapterKey, GENERATION, tuningFor, type Tuning } from "../tuner/index.ts";

export interface EngineOptions {
  /** Default: `navigator.gpu`. */
  gpu?: GPU;
  /** A device that is already open. */
  device?: GPUDevice;
  adapterInfo?: GPUAdapterInfo;
  /** Optional features to ask for; default all the engine can use. */
  features?: readonly WantedFeature[];
  /** Told while `prepare` compiles: kernels done, kernels in all. */
  onCompile?: (done: number, total: number) => void;
  /** Seed of initial values and dropout. */
  seed?: number;
  /** Bytes the engine may use; default 1 GiB on a software adapter, 4 GiB elsewhere: WebGPU does not tell. */
  memoryLimit?: number;
  /**
   * The script that records the steps, as it is named on the stack: "train.ts". An error that is found only when a step
   * is planned then names the line of the operation that caused it. Default: no line is looked for.
   */
  source?: string;
  /** Earlier measurements of any adapters; the one of this adapter selects the kernels. */
  tuning?: readonly Tuning[];
  /** Logits of more bytes than this are never stored whole; default 64 MiB, at most the size of one binding. */
  logitBytes?: number;
}

export class Engine extends Session<GpuBackend> {
  readonly #runtime: Runtime;
  readonly #limit: number;
  readonly #onCompile: ((done: number, total: number) => void) | undefined;
  #tuned = false;

  private constructor(runtime: Runtime, options: EngineOptions) {
    const limit = options.memoryLimit ?? (runtime.capabilities.software ? 2 ** 30 : 2 ** 32);
    super(new GpuBackend(runtime, limit, options.logitBytes), options.seed ?? 0, options.source);
    this.recorder.persistents.mostBytes = limit;
    this.#runtime = runtime;
    this.#limit = limit;
    this.#onCompile = options.onCompile;
    const known = tuningFor(options.tuning ?? [], this.tuning().adapter);
    for (const [key, name] of Object.entries(known?.choices ?? {})) runtime.choices.set(key, name);
    this.#tuned = known !== null;
  }

  /** Opens the best adapter and activates itself. Throws LabError "device" where there is none. */
  static async create(options: EngineOptions = {}): Promise<Engine> {
    const runtime = await Runtime.open({
      gpu: options.gpu,
      device: options.device,
      adapterInfo: options.adapterInfo,
      preferFeatures: options.features,
    });
    const engine = new Engine(runtime, options);
    engine.activate();
    return engine;
  }

  /** Another one on the same device, with its compiled kernels: neither sees the other's memory. It is not activated. */
  beside(options: EngineOptions = {}): Engine {
    return new Engine(this.#runtime.beside(), options);
  }

  get capabilities(): Capabilities {
    return this.#runtime.capabilities;
  }
  get adapterInfo(): AdapterInfo {
    return this.#runtime.info;
  }
  get limits(): DeviceLimits {
    return this.#runtime.limits;
  }
  /** Resolves with one line when the device is lost. */
  get onLost(): Promise<string> {
    return this.#runtime.lost;
  }
  /** How many plans were made so far: it stops growing when only numbers change. */
  get plans(): number {
    return this.backend.planned;
  }

  /** Like `flush`, but first compiles all kernels of the step in parallel; reports progress to `onCompile`. */
  override prepare(onProgress = this.#onCompile): Promise<void> {
    return super.prepare(onProgress);
  }

  /**
   * Lets `prepare` spend this long in all on measuring which kernels are fastest; 0 ends it. Without effect on a software
   * adapter, whose defaults are measured, and where a tuning was given: the same tuning gives the same kernels.
   */
  tune(budgetMs: number): void {
    const skip = this.#tuned || this.capabilities.software;
    this.backend.tuningMs = skip ? 0 : budgetMs;
  }

  /** Whether kernels were measured here. */
  get measured(): boolean {
    return !this.#tuned && this.#runtime.choices.size > 0;
  }

  /** The measurements of this adapter so far, to store and pass to another engine. */
  tuning(): Tuning {
    const { info, capabilities, choices } = this.#runtime;
    const adapter = adapterKey(info, capabilities);
    return { generation: GENERATION, adapter, choices: Object.fromEntries(choices) };
  }

  /** Resolves once at most `maxInFlight` steps are unfinished on the device: the loop's back-pressure. */
  settled(maxInFlight: number): Promise<void> {
    return this.#runtime.settled(maxInFlight);
  }

  /** Resolves once all steps so far are finished on the device. */
  finished(): Promise<void> {
    return this.#runtime.finished();
  }

  memory(): MemoryUse {
    return { ...this.backend.storedBytes, peak: this.backend.peakBytes, limit: this.#limit };
  }

  /** The stored values of parameters or state, in order, in one readback. */
  readParameters(tensors: readonly Tensor[]): Promise<Float32Array[]> {
    const leaves = tensors.map((tensor): Persistent => {
      if (tensor.leaf?.kind !== "persistent")
        throw new LabError("value", "readParameters: not a parameter or state");
      return tensor.leaf;
    });
    return this.backend.read(leaves);
  }

  /** Time per kernel over one more run of the last plan. That run is a real step: it updates the parameters again. */
  profile(): Promise<KernelTime[]> {
    const plan = this.backend.last;
    if (!plan) throw new LabError("value", { what: "profile: nothing has run yet" });
    return this.#runtime.profile(plan.program);
  }

  /** Measures the peak rates of the adapter again; takes about a fifth of a second. */
  measurePeak(): Promise<AdapterPeak> {
    return this.#runtime.peak();
  }

  /** `profile` with the figures to judge it by; `describeProfile` turns it into text. */
  async stepProfile(peak: AdapterPeak, stepMs?: number): Promise<StepProfile> {
    const kernels = await this.profile();
    return { kernels, modelFlops: this.backend.last?.modelFlops ?? 0, memory: this.memory(), peak, stepMs };
  }

  /** Dispatches of the last plan. */
  get dispatches(): number {
    return this.backend.last?.program.steps.length ?? 0;
  }

  /** Gives the device back; the engine is of no more use. */
  close(): void {
    this.#runtime.close();
  }
}

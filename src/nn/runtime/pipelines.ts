// Compiled kernels, cached by their WGSL text. Layouts are written out rather than "auto", so that a program can
// make its bind groups before the shader has finished compiling.

import { LabError, messageOf } from "../../error.ts";
import { uniformLength, type Kernel } from "../kernels/kernel.ts";
import { sourceLine } from "../kernels/wgsl/line-map.ts";

export interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/**
 * Those of ten models: the seed has 60 or so, and a night has many structures. On SwiftShader each takes about a quarter of a
 * MB (November 2026: 90 more of them, 23 MB). An incumbent keeps its own, because the runs beside it use most of them.
 */
const MAX = 600;

/**
 * `writable` compiles the variant whose "read" bindings are declared read_write. WebGPU forbids one buffer to be
 * bound for reading and for writing in one dispatch, even in separate ranges, but allows two writable ranges: so
 * slices of one arena need it.
 */
interface PipelineRequest {
  readonly kernel: Kernel;
  readonly writable: boolean;
  /** Prefix of the message when the shader does not compile. */
  readonly before?: string;
}

export class Pipelines {
  /** How many pipelines returned by `get` turned out to be faulty: programs built with them are worthless. */
  faults = 0;
  readonly #device: GPUDevice;
  readonly #most: number;
  readonly #onError = new Set<(error: LabError) => void>();
  /** Least recently used first. */
  readonly #ready = new Map<string, Compiled>();
  readonly #pending = new Map<string, Promise<Compiled>>();
  readonly #layouts = new Map<string, { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout }>();

  /** `most`: pipelines to keep. A dropped pipeline lives on in the programs that use it. */
  constructor(device: GPUDevice, most = MAX) {
    this.#device = device;
    this.#most = most;
  }

  /** Calls `onError` for every shader of `get` that turns out to be faulty, until the returned function is called. */
  listen(onError: (error: LabError) => void): () => void {
    this.#onError.add(onError);
    return () => void this.#onError.delete(onError);
  }

  get size(): number {
    return this.#ready.size;
  }

  /** Compiles the missing pipelines in parallel. Rejects with LabError "wgsl" on the first fault. */
  async compile(
    requests: readonly PipelineRequest[],
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    const missing = new Map<string, PipelineRequest>();
    for (const request of requests.flatMap(withPlain)) {
      const key = keyOf(request);
      if (this.#recall(key) === undefined) missing.set(key, request);
    }
    let done = 0;
    onProgress?.(done, missing.size);
    const compiling = [...missing].map(async ([key, request]) => {
      let pending = this.#pending.get(key);
      if (pending === undefined) {
        pending = this.#compileOne(request).finally(() => this.#pending.delete(key));
        this.#pending.set(key, pending);
      }
      this.#keep(key, await pending);
      onProgress?.(++done, missing.size);
    });
    const faults = (await Promise.allSettled(compiling)).filter((result) => result.status === "rejected");
    if (faults[0] !== undefined) throw faults[0].reason;
  }

  /** The pipeline, compiled here and now where `compile` has not been asked for it. A faulty one is not kept. */
  get(request: PipelineRequest): Compiled {
    for (const needed of withPlain(request)) if (needed !== request) this.get(needed);
    const key = keyOf(request);
    const ready = this.#recall(key);
    if (ready !== undefined) return ready;
    const { kernel } = request;
    this.#device.pushErrorScope("validation");
    const module = this.#device.createShaderModule({ label: kernel.file, code: codeOf(request) });
    const layout = this.#layoutOf(request);
    const pipeline = this.#device.createComputePipeline({
      label: kernel.label,
      layout: layout.pipeline,
      compute: { module, entryPoint: "main" },
    });
    void this.#device.popErrorScope().then(async (error) => {
      if (error === null) return;
      if (this.#ready.get(key) === compiled) this.#ready.delete(key);
      this.faults++;
      const fault = await faultOf(request, module, error.message);
      for (const tell of this.#onError) tell(fault);
    });
    const compiled = { pipeline, layout: layout.group };
    this.#keep(key, compiled);
    return compiled;
  }

  #recall(key: string): Compiled | undefined {
    const compiled = this.#ready.get(key);
    if (compiled !== undefined) this.#keep(key, compiled);
    return compiled;
  }

  /** Stores a pipeline as the most recently used; drops the oldest beyond the limit. */
  #keep(key: string, compiled: Compiled): void {
    this.#ready.delete(key);
    this.#ready.set(key, compiled);
    for (const oldest of this.#ready.keys()) {
      if (this.#ready.size <= this.#most) break;
      this.#ready.delete(oldest);
    }
  }

  async #compileOne(request: PipelineRequest): Promise<Compiled> {
    const { kernel } = request;
    this.#device.pushErrorScope("validation");
    const module = this.#device.createShaderModule({ label: kernel.file, code: codeOf(request) });
    const layout = this.#layoutOf(request);
    const creation = this.#device.createComputePipelineAsync({
      label: kernel.label,
      layout: layout.pipeline,
      compute: { module, entryPoint: "main" },
    });
    // Both are awaited together: a rejection must never be without a listener.
    const [created, scope] = await Promise.allSettled([creation, this.#device.popErrorScope()]);
    if (created.status === "fulfilled") return { pipeline: created.value, layout: layout.group };
    const scoped = scope.status === "fulfilled" ? scope.value?.message : undefined;
    const reason: unknown = created.reason;
    throw await faultOf(request, module, scoped ?? messageOf(reason));
  }

  #layoutOf({ kernel, writable }: PipelineRequest): {
    group: GPUBindGroupLayout;
    pipeline: GPUPipelineLayout;
  } {
    const types: GPUBufferBindingType[] = kernel.bindings.map((kind) =>
      kind === "read" && !writable ? "read-only-storage" : "storage",
    );
    if (uniformLength(kernel) > 0) types.push("uniform");
    const key = types.join();
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      const group = this.#device.createBindGroupLayout({
        entries: types.map((type, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type },
        })),
      });
      layout = { group, pipeline: this.#device.createPipelineLayout({ bindGroupLayouts: [group] }) };
      this.#layouts.set(key, layout);
    }
    return layout;
  }
}

/** The read-only variant as well where only that shows whether a researcher's text writes its inputs. */
function withPlain(request: PipelineRequest): PipelineRequest[] {
  const { kernel, writable } = request;
  return kernel.foreign && writable ? [{ ...request, writable: false }, request] : [request];
}

function keyOf({ kernel, writable }: PipelineRequest): string {
  return writable && kernel.bindings.includes("read") ? `writable ${kernel.wgsl}` : kernel.wgsl;
}

function codeOf({ kernel, writable }: PipelineRequest): string {
  return writable ? kernel.wgsl.replace(/var<storage, *read>/g, "var<storage, read_write>") : kernel.wgsl;
}

async function faultOf(
  { kernel, before = "" }: PipelineRequest,
  module: GPUShaderModule,
  message: string,
): Promise<LabError> {
  const info = await module.getCompilationInfo();
  const fault = info.messages.find((candidate) => candidate.type === "error");
  const first = message.split("\n")[0];
  if (fault === undefined)
    return new LabError("wgsl", {
      what: `${before}${kernel.foreign ? "" : `${kernel.file}: `}${kernel.label} does not compile`,
      got: first,
    });
  const line = kernel.wgsl.split("\n")[fault.lineNum - 1]?.trim() ?? "";
  return new LabError("wgsl", {
    what: `${before}${kernel.file}:${sourceLine(kernel.wgsl, fault.lineNum) ?? fault.lineNum}: ${fault.message}`,
    hint: `in \`${line.slice(0, 160)}\`, compiling ${kernel.label}`,
  });
}

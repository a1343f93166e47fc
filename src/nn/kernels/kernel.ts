// A kernel as the planner sees it: finished WGSL, its bindings, its number of workgroups. Kernel families (basic/ and
// layers/, their WGSL in shaders/) are pure functions from capabilities and shapes to this.

/** The properties of an adapter that select the variant of a kernel. Part of every plan's key. */
export interface Capabilities {
  /** Lanes of a subgroup, 0 where the feature is absent or the size is not fixed. Never assume one. */
  readonly subgroup: number;
  readonly f16: boolean;
  /** True for SwiftShader, lavapipe, WARP: barriers are very slow there, and occupancy does not matter. */
  readonly software: boolean;
  readonly maxInvocations: number;
  readonly maxWorkgroupStorage: number;
  readonly maxStorageBinding: number;
  readonly maxStorageBuffers: number;
  readonly maxWorkgroups: number;
  /** The fastest variants on this adapter, as the tuner measured them; see variants.ts. */
  readonly choices?: Choices;
}

export type BindingKind = "read" | "write" | "readwrite";

/** One dispatch, before its buffers are known. Equal `wgsl` strings share one pipeline. */
export interface Kernel {
  /** Short name for profiles: `matmul nt 1024x512x128`. */
  readonly label: string;
  /** The source file in shaders/, for error messages. */
  readonly file: string;
  readonly wgsl: string;
  /** A researcher wrote the text. It must compile with read-only inputs, even where the plan binds them writable. */
  readonly foreign?: boolean;
  /** Storage bindings @group(0) @binding(0..n-1), in order. */
  readonly bindings: readonly BindingKind[];
  /**
   * Number of f32 values that it reads at run time (learning rates, scales). They lie in a uniform
   * `array<vec4<f32>, N>` at @binding(n), the one after the last storage binding; each dispatch has its own
   * 256-byte-aligned block, so equal kernels with different numbers share one pipeline. 0: no such binding.
   */
  readonly numbers: number;
  /** Sizes that follow the numbers in the uniform, so that kernels of different shapes share one text. */
  readonly sizes?: readonly number[];
  readonly grid: readonly [x: number, y: number, z: number];
  /** For the profile: arithmetic operations, and bytes if every element is moved once. */
  readonly flops: number;
  readonly bytes: number;
  /** The candidates, where several kernels compute the same result. */
  readonly choice?: Choice;
}

/** f32 numbers in the uniform of a kernel: those of each run, then its sizes. */
export function uniformLength({ numbers, sizes }: Kernel): number {
  return numbers + (sizes?.length ?? 0);
}

/** Name of the fastest candidate, by `Choice.key`. */
type Choices = ReadonlyMap<string, string>;

export interface Candidate {
  /** From a fixed list of each family. A tuning stores these names, and only these are accepted from a sandbox. */
  readonly name: string;
  readonly make: () => Kernel;
}

/** Kernels that compute the same result, for the tuner. All candidates have the same bindings and results. */
export interface Choice {
  /** `matmul nt 1024x512x128`: sizes rounded to powers of two, so that near shapes share a measurement. */
  readonly key: string;
  readonly candidates: readonly Candidate[];
  /** The candidate that all others must agree with. */
  readonly plain: string;
}

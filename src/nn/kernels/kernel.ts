// A kernel as the planner sees it: finished WGSL, its bindings, its number of workgroups. Kernel families (basic/ and
// layers/, their WGSL in shaders/) are pure functions from capabilities and shapes to this.

/** What of the adapter decides which kernel variant is used. Part of every plan's key. */
export interface Capabilities {
  /** Lanes of a subgroup, 0 where the feature is absent or the size is not fixed. Never assume one. */
  readonly subgroup: number;
  readonly f16: boolean;
  /** True for SwiftShader, lavapipe, WARP: barriers are poison there, occupancy does not matter. */
  readonly software: boolean;
  readonly maxInvocations: number;
  readonly maxWorkgroupStorage: number;
  readonly maxStorageBinding: number;
  readonly maxStorageBuffers: number;
  readonly maxWorkgroups: number;
  /** What the tuner found out about this adapter; see variants.ts. */
  readonly choices?: Choices;
}

export type BindingKind = "read" | "write" | "readwrite";

/** One dispatch, before its buffers are known. Equal `wgsl` strings share one pipeline. */
export interface Kernel {
  /** Short name for profiles: `matmul nt 1024x512x128`. */
  readonly label: string;
  /** The shaders/ file it came from, for error messages. */
  readonly file: string;
  readonly wgsl: string;
  /** The text is a researcher's: it must compile with its inputs bound read-only, however they are bound. */
  readonly foreign?: boolean;
  /** Storage bindings @group(0) @binding(0..n-1), in order. */
  readonly bindings: readonly BindingKind[];
  /**
   * How many f32 numbers it reads at run time (learning rates, scales). They sit in a uniform
   * `array<vec4<f32>, N>` at @binding(n), the one after the last storage binding; each dispatch has its own
   * 256-byte-aligned block, so equal kernels with different numbers share one pipeline. 0: no such binding.
   */
  readonly numbers: number;
  /** Sizes the text does not name, which follow the numbers in the uniform: equal kernels of other shapes share it. */
  readonly sizes?: readonly number[];
  readonly grid: readonly [x: number, y: number, z: number];
  /** For the profile: arithmetic operations and bytes moved at least once. */
  readonly flops: number;
  readonly bytes: number;
  /** Where it could have been another kernel. */
  readonly choice?: Choice;
}

/** f32 numbers in the uniform of a kernel: those of each run, then its sizes. */
export function uniformLength({ numbers, sizes }: Kernel): number {
  return numbers + (sizes?.length ?? 0);
}

/** The name measured best, by class. */
type Choices = ReadonlyMap<string, string>;

export interface Candidate {
  /** Of a fixed list for each family: what is remembered, and what may come back from a sandbox. */
  readonly name: string;
  readonly make: () => Kernel;
}

/** What a tuner needs to know of a kernel that could have been another. All candidates bind and write the same. */
export interface Choice {
  /** `matmul nt 1024x512x128`: sizes rounded to powers of two, so that near shapes share a measurement. */
  readonly key: string;
  readonly candidates: readonly Candidate[];
  /** The candidate that all others must agree with. */
  readonly plain: string;
}

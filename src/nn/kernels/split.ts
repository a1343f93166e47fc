// Splits one long dispatch into several that each run a part of its workgroups. A browser should not wait 100 ms for a
// dispatch, and drivers end those that take seconds. WebGPU cannot start at a workgroup other than the first, so a
// split kernel reads the index of its first workgroup from the uniform.

import { type BindingKind, type Kernel, uniformLength } from "./kernel.ts";

/** Upper limit for the estimated time of a dispatch [ms]. */
const MAX_MS = 100;

/**
 * Estimated time of a dispatch [ms]: 6 GFLOP/s and 5 GB/s for two CPU cores, 1 TFLOP/s and 50 GB/s for the slowest GPU
 * in use, 15 us for the dispatch itself (measured on SwiftShader, November 2026).
 */
export function estimate(kernel: Kernel, software: boolean): number {
  const [flops, bytes] = software ? [6e6, 5e6] : [1e9, 5e7];
  return 0.015 + kernel.flops / flops + kernel.bytes / bytes;
}

/** The kernel, or parts of it that are each short enough on the slowest adapter of its kind. */
export function bounded(kernel: Kernel, software: boolean): readonly Kernel[] {
  const ms = estimate(kernel, software);
  return ms <= MAX_MS ? [kernel] : split(kernel, Math.ceil(ms / MAX_MS));
}

/**
 * Up to `parts` kernels that together, in any order, write the same bits as the one. They have the same bindings and
 * share one text. A kernel of one workgroup stays whole.
 */
export function split(kernel: Kernel, parts: number): readonly Kernel[] {
  const axis = kernel.grid.indexOf(Math.max(...kernel.grid));
  const groups = kernel.grid[axis];
  const each = Math.ceil(groups / Math.min(parts, groups));
  const count = Math.ceil(groups / each);
  const wgsl = count > 1 ? startingAnywhere(kernel) : null;
  if (wgsl === null) return [kernel];
  const padding = Array.from({ length: slotOf(kernel) * 4 - uniformLength(kernel) }, () => 0);
  return Array.from({ length: count }, (_, part): Kernel => {
    const first = kernel.grid.map((_, i) => (i === axis ? part * each : 0));
    const [x, y, z] = kernel.grid.map((size, i) =>
      i === axis ? Math.min(each, groups - part * each) : size,
    );
    return {
      ...kernel,
      wgsl,
      sizes: [...(kernel.sizes ?? []), ...padding, ...first],
      grid: [x, y, z],
      flops: kernel.flops / count,
      bytes: kernel.bytes / count,
      choice: undefined,
    };
  });
}

/** Index of the vec4 of the uniform that holds the first workgroup. */
function slotOf(kernel: Kernel): number {
  return Math.ceil(uniformLength(kernel) / 4);
}

const UNIFORM = /var<uniform> numbers: array<vec4(?:f|<f32>), \d+>;/;
const ENTRY = /@compute[^{]*\bfn main\([^{]*\{/;

/** The text with an offset added to its workgroup id; null if it does not use the id. Adds no line. */
function startingAnywhere({ wgsl, bindings, grid, ...rest }: Kernel): string | null {
  const slot = slotOf({ wgsl, bindings, grid, ...rest });
  const entry = ENTRY.exec(wgsl);
  const group = /@builtin\(workgroup_id\) (\w+): vec3u/.exec(entry?.[0] ?? "");
  if (entry === null || group === null) return null;
  const groups = /@builtin\(num_workgroups\) (\w+): vec3u/.exec(entry[0]);
  const own = ["x", "y", "z"].map((part) => `u32(numbers[${slot}].${part})`).join(", ");
  const lets = [
    `let ${group[1]} = nn_part + vec3u(${own});`,
    ...(groups === null ? [] : [`let ${groups[1]} = vec3u(${grid.join("u, ")}u);`]),
  ];
  const head = entry[0]
    .replace(group[0], "@builtin(workgroup_id) nn_part: vec3u")
    .replace(groups?.[0] ?? /$^/, "@builtin(num_workgroups) nn_parts: vec3u");
  const declared = `var<uniform> numbers: array<vec4f, ${slot + 1}>;`;
  const before = wgsl.slice(0, entry.index);
  const after = wgsl.slice(entry.index + entry[0].length);
  return UNIFORM.test(before)
    ? `${before.replace(UNIFORM, declared)}${head} ${lets.join(" ")}${after}`
    : `${before}${bindingOf(bindings)} ${declared} ${head} ${lets.join(" ")}${after}`;
}

function bindingOf(bindings: readonly BindingKind[]): string {
  return `@group(0) @binding(${bindings.length})`;
}

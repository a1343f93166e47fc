// Strided copies. Elements are copied as 32-bit words, so one kernel serves u32 tokens and f32.

import source from "../../../../shaders/strided_copy.wgsl?raw";
import { emitIndices, mergeAxes } from "../broadcast.ts";
import { declareBindings } from "./elementwise.ts";
import { GROUP_SIZE, gridOf, product, times } from "../grid.ts";
import type { BindingKind, Capabilities, Kernel } from "../kernel.ts";
import { specialise } from "../wgsl/specialise.ts";

export interface CopyShape {
  readonly shape: readonly number[];
  /** Steps in elements along each axis; 0 repeats. */
  readonly sourceStrides: readonly number[];
  readonly sourceOffset: number;
  readonly targetStrides: readonly number[];
  readonly targetOffset: number;
  /** The copy fills one piece of the target (cat, pad), and the rest of the target must be kept. Default false. */
  readonly partial?: boolean;
}

/** Bindings: source, target. The target binding is "readwrite" where `partial`. */
export function stridedCopy(caps: Capabilities, shape: CopyShape): Kernel {
  const count = product(shape.shape);
  const walk = mergeAxes(shape.shape, [shape.sourceStrides, shape.targetStrides]);
  const [from, to] = walk.strides;
  const inner = walk.sizes.at(-1) ?? 1;
  const four =
    inner % 4 === 0 &&
    from.at(-1) === 1 &&
    to.at(-1) === 1 &&
    [shape.sourceOffset, shape.targetOffset, ...from.slice(0, -1), ...to.slice(0, -1)].every(
      (n) => n % 4 === 0,
    );
  const { statements, indices } = emitIndices(walk, four ? "e" : "i");
  const place = (index: string, offset: number): string =>
    four ? `(${index} + ${offset}u) / 4u` : `${index} + ${offset}u`;
  const kind: BindingKind = shape.partial === true ? "readwrite" : "write";
  const type = four ? "vec4u" : "u32";
  return {
    label: `copy ${times(shape.shape)}`,
    file: "shaders/strided_copy.wgsl",
    wgsl: specialise("shaders/strided_copy.wgsl", source, {
      constants: { SIZE: GROUP_SIZE, COUNT: four ? count / 4 : count },
      regions: {
        bindings: declareBindings([
          { name: "x", type, kind: "read" },
          { name: "y", type, kind },
        ]),
        source: [
          four ? "let e = i * 4u;" : "",
          ...statements,
          `let source = ${place(indices[0], shape.sourceOffset)};`,
        ].join("\n"),
        place: `let place = ${place(indices[1], shape.targetOffset)};`,
      },
    }),
    bindings: ["read", kind],
    numbers: 0,
    grid: gridOf(caps, Math.ceil(count / (four ? 4 : 1) / GROUP_SIZE)),
    flops: 0,
    bytes: 8 * count,
  };
}

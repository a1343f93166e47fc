// Cross-entropy of logits with one target token per row, and its gradient: two kernels, or one that overwrites the
// logits with their gradient (one pass over memory less, and no second tensor of that size).
import gradText from "../../../../shaders/cross_entropy_grad.wgsl?raw";
import text from "../../../../shaders/cross_entropy.wgsl?raw";
import type { BindingKind, Capabilities, Kernel } from "../kernel.ts";
import { specialise } from "../wgsl/specialise.ts";

/** Source of the gradient of the losses: numbers[0], a tensor of one element, or a tensor of one element per row. */
type Upstream = "number" | "scalar" | "row";

interface CrossEntropyShape {
  readonly rows: number;
  readonly vocab: number;
  /** If given, the logits are softcap * tanh(z / softcap). */
  readonly softcap?: number;
}

interface CrossEntropyGradShape extends CrossEntropyShape {
  /** Default "number". */
  readonly upstream?: Upstream;
  /** The gradient overwrites the logits. Default false. */
  readonly inPlace?: boolean;
}

/**
 * Loss [rows] in nats and log-sum-exp [rows] of logits [rows, vocab] with u32 targets [rows]. A target outside the
 * vocabulary (PyTorch's ignored index, wrapped to u32) gives a loss of 0. Bindings: logits, targets, loss, lse.
 */
export function crossEntropy(caps: Capabilities, shape: CrossEntropyShape): Kernel {
  return loss(caps, shape, null);
}

/**
 * Loss and log-sum-exp as `crossEntropy` gives them, and the logits replaced by their gradient times the upstream
 * gradient. Bindings: logits (readwrite), targets, loss, lse, and upstream unless it is numbers[0].
 */
export function crossEntropyFused(
  caps: Capabilities,
  shape: CrossEntropyShape & { readonly upstream?: Upstream },
): Kernel {
  return loss(caps, shape, shape.upstream ?? "number");
}

/**
 * Gradient [rows, vocab] of the summed losses times the upstream gradient. Bindings: logits (readwrite in place),
 * targets, lse, then dlogits unless in place, then upstream unless it is numbers[0].
 */
export function crossEntropyGrad(caps: Capabilities, shape: CrossEntropyGradShape): Kernel {
  const { rows, vocab, softcap, upstream = "number", inPlace = false } = shape;
  const file = "cross_entropy_grad.wgsl";
  const bindings: BindingKind[] = inPlace ? ["readwrite", "read", "read"] : ["read", "read", "read", "write"];
  const lanes = caps.software ? 16 : 64;
  const constants = {
    V: vocab,
    ROWS: rows,
    LANES: lanes,
    IN_PLACE: inPlace,
    ...upstreamConstants(upstream),
    CAPPED: softcap !== undefined,
    SOFTCAP: softcap ?? 1,
  };
  return {
    label: `cross-entropy grad ${rows}x${vocab}`,
    file,
    wgsl: specialise(file, gradText, { constants }),
    bindings: upstream === "number" ? bindings : [...bindings, "read"],
    numbers: upstream === "number" ? 1 : 0,
    grid: rowsGrid(rows),
    flops: 6 * rows * vocab,
    bytes: 8 * rows * vocab,
  };
}

function upstreamConstants(upstream: Upstream) {
  return { UP_NUMBER: upstream === "number", UP_ROW: upstream === "row" };
}

/** A row of workgroups, folded into two axes where it is longer than one axis allows. */
function rowsGrid(groups: number): [number, number, number] {
  return groups <= 32768 ? [groups, 1, 1] : [32768, Math.ceil(groups / 32768), 1];
}

function loss(caps: Capabilities, shape: CrossEntropyShape, gradient: Upstream | null): Kernel {
  const { rows, vocab, softcap } = shape;
  const file = "cross_entropy.wgsl";
  // A barrier costs a software adapter more than the rest of the row (103 ms against 7 ms at 1024x1024).
  const subgroup = caps.software && caps.subgroup > 0;
  const lanes = subgroup ? caps.subgroup : caps.software ? 1 : 128;
  const perGroup = lanes === 1 ? 8 : 1;
  const bindings: BindingKind[] = [gradient === null ? "read" : "readwrite", "read", "write", "write"];
  const constants = {
    V: vocab,
    ROWS: rows,
    LANES: lanes,
    ROWS_PER_GROUP: perGroup,
    SUBGROUP: subgroup,
    UNROLL: caps.software ? 8 : 4,
    GRADIENT: gradient !== null,
    ...upstreamConstants(gradient ?? "number"),
    CAPPED: softcap !== undefined,
    SOFTCAP: softcap ?? 1,
  };
  return {
    label: `cross-entropy ${gradient === null ? "" : "with gradient "}${rows}x${vocab}`,
    file,
    wgsl: specialise(file, text, { constants }),
    bindings: gradient === null || gradient === "number" ? bindings : [...bindings, "read"],
    numbers: gradient === "number" ? 1 : 0,
    grid: rowsGrid(Math.ceil(rows / perGroup)),
    flops: (gradient === null ? 4 : 8) * rows * vocab,
    bytes: (gradient === null ? 4 : 8) * rows * vocab,
  };
}

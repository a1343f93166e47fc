// Checks that a plan fits on this device, before anything is allocated or compiled. Errors name the tensor or operation
// of train.ts that is too large.

import { LabError } from "../../../error.ts";
import type { Work } from "../../graph/backend.ts";
import { excess, NO_MEMORY, type DeviceLimits } from "../../runtime/index.ts";
import { megabytes } from "../../values/megabytes.ts";
import type { VirtualBuffer } from "../../graph/lowering.ts";
import { MemoryReport } from "./memory-report.ts";
import type { Draft } from "./draft.ts";

const SMALLER = "make the model or the batch smaller";
/** A memory error names at most NAMED tensors, each of at least the fraction WORTH of the total. */
const NAMED = 3;
const WORTH = 0.01;

/** Throws LabError "limit" if a dispatch or a buffer exceeds a limit of the device. */
export function checkLimits(work: Work, draft: Draft, limits: DeviceLimits): void {
  for (const dispatch of draft.dispatches) {
    const sizes = dispatch.operands.map(({ count }) => 4 * count);
    const over = excess(dispatch.kernel, sizes, limits);
    if (!over) continue;
    const origins = new MemoryReport(work, draft);
    const maker = origins.of(dispatch);
    const operand = over.binding === undefined ? undefined : dispatch.operands[over.binding];
    const tensor = operand && origins.in(operand);
    if (tensor)
      throw new LabError("limit", {
        what: `${origins.before(tensor.line)}${tensor.name}: too large for one binding of this device`,
        got: megabytes(over.got),
        expected: `at most ${megabytes(over.expected)}`,
        hint: SMALLER,
      });
    throw new LabError("limit", {
      what: `${origins.before(maker.line)}${maker.name}: too many ${over.what}`,
      got: String(over.got),
      expected: `at most ${over.expected}`,
      hint: "make the tensors smaller",
    });
  }
  for (const { operands } of draft.dispatches)
    for (const { buffer } of operands)
      if (4 * buffer.count > limits.maxBufferSize) throw bufferError(work, draft, buffer, limits);
}

function bufferError(work: Work, draft: Draft, buffer: VirtualBuffer, limits: DeviceLimits): LabError {
  const origins = new MemoryReport(work, draft);
  const tensor = origins.in({ buffer, offset: 0, count: buffer.count });
  const inside = tensor ? `${origins.before(tensor.line)}${tensor.name}` : buffer.kind;
  return new LabError("limit", {
    what: `${inside}: too large, together with its neighbours, for one buffer of this device`,
    got: megabytes(4 * buffer.count),
    expected: `at most ${megabytes(limits.maxBufferSize)}`,
    hint: SMALLER,
  });
}

/** LabError "memory" for a plan of `bytes` bytes; names the largest tensors. */
export function memoryError(origins: MemoryReport, bytes: number, limit: number): LabError {
  return tooLarge(origins, bytes, "the step does not fit on this device", {
    expected: `at most ${megabytes(limit)}`,
    hint: SMALLER,
  });
}

/** LabError "memory" for a plan within the limit for which the device still has no memory. */
export function refusedError(origins: MemoryReport, bytes: number): LabError {
  return tooLarge(origins, bytes, "the device has no memory left for the step", { hint: NO_MEMORY });
}

function tooLarge(
  origins: MemoryReport,
  bytes: number,
  what: string,
  rest: { expected?: string; hint: string },
): LabError {
  const largest = origins
    .atPeak()
    .filter((piece) => piece.bytes >= WORTH * bytes)
    .slice(0, NAMED);
  const named = largest.map((piece) => origins.describe(piece));
  return new LabError("memory", {
    what: origins.before(largest[0]?.line ?? 0) + what,
    got: [megabytes(bytes), named.join(", ")].filter((text) => text !== "").join(" with "),
    ...rest,
  });
}

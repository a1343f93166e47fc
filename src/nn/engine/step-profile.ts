// How a step spends its time, as numbers and as a short text for the researcher, the page and `npm run profile`. Pure
// functions of the times of kernels and the limits of the adapter; a limit without a measurement is "unknown".

import type { AdapterPeak } from "../runtime/peak.ts";
import type { KernelTime } from "../runtime/index.ts";

/** Memory on the device, in bytes. */
export interface MemoryUse {
  readonly parameters: number;
  /** Optimizer moments and untrained state. */
  readonly state: number;
  /** What plans keep from step to step: arenas of gradients, tables. */
  readonly kept: number;
  /** The buffers that the activations of all plans share. */
  readonly activations: number;
  /** Maximum memory of a single step, parameters included; computed before the memory is allocated. */
  readonly peak: number;
  readonly limit: number;
}

export interface StepProfile {
  /** Every dispatch of one step, in order. */
  readonly kernels: readonly KernelTime[];
  /** Arithmetic that the model requires in one step (model-flops.ts). */
  readonly modelFlops: number;
  readonly memory: MemoryUse;
  readonly peak: AdapterPeak;
  /** Wall-clock time of a whole step [ms], if measured: kernels and the gaps between them. */
  readonly stepMs?: number;
}

/** The sums over all dispatches of one label. */
interface KernelSum {
  readonly label: string;
  readonly ms: number;
  readonly count: number;
  readonly flops: number;
  readonly bytes: number;
}

/** Sums by label, or by the result of `key`; slowest first. */
export function sumKernels(
  times: readonly KernelTime[],
  key: (time: KernelTime) => string = ({ label }) => label,
): KernelSum[] {
  const sums = new Map<string, KernelSum>();
  for (const time of times) {
    const label = key(time);
    const sum = sums.get(label) ?? { label, ms: 0, count: 0, flops: 0, bytes: 0 };
    sums.set(label, {
      label,
      ms: sum.ms + time.ms,
      count: sum.count + 1,
      flops: sum.flops + time.flops,
      bytes: sum.bytes + time.bytes,
    });
  }
  return [...sums.values()].sort((a, b) => b.ms - a.ms);
}

/** The fraction of a kernel's or step's time that the adapter's limits require; null if a limit is unknown. */
export function share(
  { ms, flops, bytes }: { ms: number; flops: number; bytes: number },
  { flopsPerSecond, bytesPerSecond }: AdapterPeak,
): { readonly of: number; readonly bound: "arithmetic" | "memory" } | null {
  if (flopsPerSecond === null || bytesPerSecond === null || ms <= 0) return null;
  const [arithmetic, memory] = [flops / flopsPerSecond, bytes / bytesPerSecond];
  return {
    of: (Math.max(arithmetic, memory) * 1000) / ms,
    bound: arithmetic >= memory ? "arithmetic" : "memory",
  };
}

/** Model FLOP utilisation: the model's arithmetic per time of a step, over the peak; null if the peak is unknown. */
export function modelFlopUtilisation({ kernels, modelFlops, peak, stepMs }: StepProfile): number | null {
  const ms = stepMs ?? total(kernels).ms;
  if (peak.flopsPerSecond === null || ms <= 0) return null;
  return modelFlops / (ms / 1000) / peak.flopsPerSecond;
}

/**
 * The profile as text: a sentence, kinds of kernels, the `rows` slowest kernels, memory. A kernel's "limit" is the part
 * of its time that the adapter's arithmetic (a) or memory (m) limit requires: a kernel at 100 % could not be faster.
 */
export function describeProfile(profile: StepProfile, rows = 8): string {
  const { kernels, modelFlops, peak, stepMs, memory } = profile;
  const all = total(kernels);
  const sums = sumKernels(kernels);
  const used = modelFlopUtilisation(profile);
  const wall = stepMs === undefined ? "" : `, ${stepMs.toFixed(1)} ms by the clock`;
  const rest = sums.slice(rows);
  return [
    `One step: ${all.ms.toFixed(1)} ms in ${kernels.length} dispatches${wall}; the model asks for ${giga(modelFlops)} GFLOP.`,
    `Model FLOP utilisation: ${used === null ? "unknown" : percent(used)} of ${rate(peak.flopsPerSecond, "GFLOP/s")}; memory limit ${rate(peak.bytesPerSecond, "GB/s")}.`,
    `By kind: ${kinds(kernels)}.`,
    line("kernel", "ms", "%", "n", "GFLOP/s", "GB/s", "limit"),
    ...sums.slice(0, rows).map((sum) => describe(sum, all.ms, peak)),
    ...(rest.length > 0 ? [describe({ ...total(rest), label: `${rest.length} others` }, all.ms, peak)] : []),
    describe({ ...all, label: "all" }, all.ms, peak),
    describeMemory(memory),
  ].join("\n");
}

/** One line: the parts of the memory, and the maximum of a step. */
function describeMemory({ parameters, state, kept, activations, peak, limit }: MemoryUse): string {
  return (
    `Memory: parameters ${mebi(parameters)}, optimizer and other state ${mebi(state)}, gradients and tables ${mebi(kept)}, ` +
    `shared by activations ${mebi(activations)}; peak of a step ${mebi(peak)} of ${mebi(limit)} MiB.`
  );
}

function kinds(kernels: readonly KernelTime[]): string {
  const sums = sumKernels(kernels, ({ file }) => kindOf(file));
  const whole = total(kernels).ms;
  return sums.map(({ label, ms }) => `${label} ${percent(whole > 0 ? ms / whole : 0)}`).join(", ");
}

/** The kind of a kernel by its file: all matmul files are products; attention includes its gradients. */
function kindOf(file: string): string {
  const name = file.replace(/\.wgsl$/, "");
  const families = ["matmul", "attention", "cross_entropy", "embedding", "causal_conv", "rope"];
  if (/_norm/.test(name)) return "norms";
  return (families.find((family) => name.startsWith(family)) ?? name).replaceAll("_", " ");
}

function describe(sum: KernelSum, whole: number, peak: AdapterPeak): string {
  const { label, ms, count, flops, bytes } = sum;
  const speed = (amount: number) => (ms > 0 ? (amount / ms / 1e6).toFixed(1) : "");
  const part = share(sum, peak);
  return line(
    label,
    ms.toFixed(2),
    whole > 0 ? ((100 * ms) / whole).toFixed(1) : "",
    String(count),
    speed(flops),
    speed(bytes),
    part ? `${percent(part.of)} ${part.bound === "arithmetic" ? "a" : "m"}` : "?",
  );
}

function line(label: string, ...cells: string[]): string {
  return `${label.padEnd(34)}${cells.map((cell) => cell.padStart(8)).join("")}`;
}

function total(sums: readonly { ms: number; flops: number; bytes: number; count?: number }[]) {
  const add = (pick: (sum: (typeof sums)[number]) => number) => sums.reduce((all, sum) => all + pick(sum), 0);
  return {
    ms: add((sum) => sum.ms),
    flops: add((sum) => sum.flops),
    bytes: add((sum) => sum.bytes),
    count: add((sum) => sum.count ?? 1),
  };
}

function percent(part: number): string {
  return `${(100 * part).toFixed(part < 0.0995 ? 1 : 0)} %`;
}
function giga(value: number): string {
  return (value / 1e9).toFixed(value < 1e10 ? 2 : 0);
}
function mebi(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
function rate(perSecond: number | null, unit: string): string {
  return perSecond === null ? "an unknown peak" : `${(perSecond / 1e9).toFixed(0)} ${unit}`;
}

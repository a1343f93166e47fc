// The measurements on one adapter: for each class of shapes the name of the fastest kernel. It is plain JSON, because
// the page stores it and it passes through the sandbox, which is untrusted: `parseTuning` accepts only known names. A
// name that does not fit a shape is ignored, so a tuning can make a step slow, never wrong.

import { LabError } from "../../error.ts";
import { ATTENTION_TILES } from "../kernels/layers/attention.ts";
import type { Capabilities } from "../kernels/kernel.ts";
import { LANE_KINDS } from "../kernels/wgsl/lanes.ts";
import { MATMUL_VARIANTS } from "../kernels/layers/matmul.ts";
import type { AdapterInfo } from "../runtime/index.ts";

export interface Tuning {
  /** Generation of the measured kernels; see `GENERATION`. */
  readonly generation: number;
  /** See `adapterKey`. */
  readonly adapter: string;
  /** Name of the chosen kernel by class of shapes. */
  readonly choices: Readonly<Record<string, string>>;
}

/** Increase it when kernels change so much that old measurements are out of date. */
export const GENERATION = 1;

/** More classes than any train.ts has. */
export const MAX_CHOICES = 256;
const MAX_KEY = 80;
const MAX_ADAPTER = 400;

const NAMES: Readonly<Record<string, readonly string[]>> = {
  matmul: MATMUL_VARIANTS,
  attention: Object.keys(ATTENTION_TILES),
  ...Object.fromEntries(
    [
      "rms_norm",
      "rms_norm_grad",
      "layer_norm",
      "layer_norm_grad",
      "softmax",
      "softmax_grad",
      "log_sum_exp",
    ].map((family) => [family, LANE_KINDS]),
  ),
};

/** Key of an adapter: adapters with the same key are assumed to be equally fast. */
export function adapterKey(info: AdapterInfo, { subgroup, f16 }: Capabilities): string {
  const names = [info.vendor, info.architecture, info.device, info.description];
  const features = [...(subgroup > 0 ? [`subgroups of ${subgroup}`] : []), ...(f16 ? ["f16"] : [])];
  return [...names, ...features]
    .filter((part) => part !== "")
    .join(", ")
    .slice(0, MAX_ADAPTER);
}

/** Parses untrusted data. Throws LabError "value" on anything that is not exactly a tuning. */
export function parseTuning(value: unknown): Tuning {
  const given = fieldsOf(value, "tuning");
  const { generation, adapter, choices } = given;
  if (Object.keys(given).length !== 3) refuse("tuning: fields", Object.keys(given).length, "3");
  if (typeof generation !== "number" || !Number.isSafeInteger(generation) || generation < 0)
    return refuse("tuning: generation", typeof generation, "a whole number");
  if (typeof adapter !== "string" || adapter.length > MAX_ADAPTER)
    return refuse("tuning: adapter", typeof adapter, `at most ${MAX_ADAPTER} characters`);
  const entries = Object.entries(fieldsOf(choices, "tuning: choices"));
  if (entries.length > MAX_CHOICES) refuse("tuning: choices", entries.length, `at most ${MAX_CHOICES}`);
  // A null prototype, so that the key __proto__ has no effect.
  const checked = Object.create(null) as Record<string, string>;
  for (const [key, name] of entries) {
    const family = /^[a-z_]+(?= [a-z0-9 ]+$)/.exec(key)?.[0] ?? "";
    const names = Object.hasOwn(NAMES, family) ? NAMES[family] : undefined;
    if (names === undefined || key.length > MAX_KEY)
      return refuse("tuning: a class of shapes", `${key.length} characters`, "one of a known kernel");
    const known = names.find((candidate) => candidate === name);
    if (known === undefined) return refuse(`tuning: ${key}`, typeof name, names.join(" | "));
    checked[key] = known;
  }
  return { generation, adapter, choices: checked };
}

/** The tuning that was measured on this adapter, with the current generation of kernels. */
export function tuningFor(tunings: readonly Tuning[], adapter: string): Tuning | null {
  return tunings.find((tuning) => tuning.adapter === adapter && tuning.generation === GENERATION) ?? null;
}

function fieldsOf(value: unknown, what: string): Record<string, unknown> {
  const prototype: unknown =
    value !== null && typeof value === "object" ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== Object.prototype && prototype !== null)
    return refuse(what, typeof value, "a plain object");
  return value as Record<string, unknown>;
}

function refuse(what: string, got: string | number, expected: string): never {
  throw new LabError("value", { what, got: String(got), expected });
}

// Numbers as the notebook prints them: fixed decimals so that columns align, a true minus sign, and an en dash for a
// missing value.
import { messageOf } from "../../error.ts";

const NOTHING = "–";
const integer = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** Bits per byte with four decimals: kept gains are often below 0.001. */
export function bpb(value: number | null): string {
  return value === null || !Number.isFinite(value) ? NOTHING : value.toFixed(4);
}

/** A signed difference, `−0.0123` or `+0.0123`; a difference that rounds to nothing is `±0.0000`. */
export function delta(value: number | null, digits = 4): string {
  if (value === null || !Number.isFinite(value)) return NOTHING;
  const size = Math.abs(value).toFixed(digits);
  if (Number(size) === 0) return `±${size}`;
  return `${value < 0 ? "−" : "+"}${size}`;
}

/** A probability with two decimals, three above 0.99, and never 0 or 1. */
export function chance(value: number): string {
  if (!Number.isFinite(value)) return NOTHING;
  if (value > 0.99) return value > 0.999 ? "> 0.999" : value.toFixed(3);
  return value < 0.01 ? "< 0.01" : value.toFixed(2);
}

/** A whole number with thousands separators. */
export function count(value: number): string {
  return Number.isFinite(value) ? integer.format(value) : NOTHING;
}

/** A count in three significant digits: 922,000 is `0.92 M`. */
export function compact(value: number): string {
  if (!Number.isFinite(value) || value <= 0) return NOTHING;
  if (value >= 9.995e8) return `${(value / 1e9).toPrecision(3)} G`;
  if (value >= 1e5) return `${(value / 1e6).toPrecision(value >= 1e6 ? 3 : 2)} M`;
  if (value >= 1e4) return `${(value / 1e3).toPrecision(3)} k`;
  return integer.format(value);
}

/** Bytes in decimal units, as disks and browsers count them. */
export function bytes(value: number): string {
  if (!Number.isFinite(value) || value < 0) return NOTHING;
  const units = ["B", "kB", "MB", "GB"];
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  const digits = unit === 0 || size >= 99.95 ? 0 : 1;
  return `${size.toFixed(digits)} ${units[unit] ?? "GB"}`;
}

/** Seconds as a clock: `4:32`, `1:02:09`. */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return NOTHING;
  const whole = Math.max(0, Math.round(seconds));
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = String(whole % 60).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

/** Seconds in words for a sentence: `5 minutes`, `20 seconds`, `1 hour`. */
export function duration(seconds: number): string {
  const say = (n: number, unit: string) => `${n} ${unit}${n === 1 ? "" : "s"}`;
  if (seconds >= 3600 && seconds % 3600 === 0) return say(seconds / 3600, "hour");
  if (seconds >= 60 && seconds % 60 === 0) return say(seconds / 60, "minute");
  return say(seconds, "second");
}

/** `1 experiment`, `12 experiments`. */
export function plural(n: number, word: string): string {
  return `${integer.format(n)} ${word}${n === 1 ? "" : "s"}`;
}

/** The time of day of a moment in ms since the epoch, 24 hours, in the reader's zone. */
export function timeOfDay(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

/** The first seven digits of a commit id, as git abbreviates. */
export function shortId(commit: string): string {
  return commit.slice(0, 7);
}

/** An error as one line for people. */
export function lineOf(error: unknown): string {
  const text = messageOf(error);
  return text.replace(/\s*\n\s*/g, " ").trim() || "It failed and did not say why.";
}

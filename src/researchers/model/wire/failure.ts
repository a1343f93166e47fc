// What went wrong between the lab and a model, in a form that a policy can act on. The words are for people and have
// passed the key ring's redaction; the original error is dropped, because it may hold the request.
import { LabError } from "../../../error.ts";
import type { Lack } from "../keys/capabilities.ts";
import type { Sizes } from "./refusals.ts";

export type FailureKind =
  | "network" // the connection was lost, or never made
  | "timeout" // no answer, or no more of it
  | "conflict" // 408, 409, 425
  | "rate" // 429
  | "server" // 5xx, overloaded
  | "cut" // the stream broke in the middle
  | "refusal"
  | "empty"
  | "endless"
  | "context" // the prompt is too long
  | "lack" // the server lacks something the request asked for: see `lacks`
  | "thoughts" // they used up the answer
  | "key" // 401: wrong, or none
  | "forbidden" // 403
  | "credit" // 402, quota used up
  | "model" // 404: no such model
  | "address" // 404: no such server
  | "request" // any other 4xx: asking again would not help
  | "budget" // the lab's own cap
  | "cancelled";

/** Kinds that time does not heal: somebody has to change something. */
const PERMANENT: ReadonlySet<FailureKind> = new Set<FailureKind>([
  ...(["key", "forbidden", "credit", "model", "address", "request", "budget"] as const),
]);

export interface Failure {
  readonly kind: FailureKind;
  /** One line. */
  readonly words: string;
  /** How long the server asked to be left alone [ms]; null: it did not say. */
  readonly retryAfter: number | null;
  /** Whether the provider may charge for the call all the same. */
  readonly charged: boolean;
  /** Characters of answer that came before it failed. */
  readonly received: number;
  /** With `lack`: what the server lacks. */
  readonly lacks: Lack | null;
  /** With `context`: what the server told of its sizes. */
  readonly sizes: Sizes | null;
}

export const isPermanent = ({ kind }: Failure): boolean => PERMANENT.has(kind);

export function failure(kind: FailureKind, words: string, more: Partial<Failure> = {}): Failure {
  return {
    kind,
    words: words.replace(/\s+/g, " ").trim(),
    retryAfter: null,
    charged: false,
    received: 0,
    lacks: null,
    sizes: null,
    ...more,
  };
}

export function failureError(cause: Failure): LabError {
  return new LabError(cause.kind === "cancelled" ? "cancelled" : "provider", { what: cause.words, cause });
}

/** The failure an error carries, or null when it is another kind of error. */
export function failureOf(error: unknown): Failure | null {
  if (!(error instanceof LabError) || (error.code !== "provider" && error.code !== "cancelled")) return null;
  const { cause } = error;
  return typeof cause === "object" && cause !== null && "kind" in cause && "charged" in cause
    ? (cause as Failure)
    : null;
}

/**
 * `retry-after` in ms, from its two headers: seconds or an HTTP date (RFC 9110, 10.2.3), and OpenAI's `retry-after-ms`.
 * Null when there is none or it makes no sense; at most a day.
 */
export function retryAfter(headers: Readonly<Record<string, string>>, now: number): number | null {
  const ms = Number.parseFloat(headers["retry-after-ms"] ?? "");
  if (Number.isFinite(ms) && ms >= 0) return Math.min(ms, DAY);
  const value = (headers["retry-after"] ?? "").trim();
  if (value === "") return null;
  const wait = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(0, wait), DAY) : null;
}

const DAY = 86_400_000;

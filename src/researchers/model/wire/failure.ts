// A failure between the lab and a model, in a form on which a policy can act. The words are for people, with keys
// redacted; the original error is dropped, because it may hold the request.
import { LabError } from "../../../error.ts";
import type { Lack } from "../keys/capabilities.ts";
import type { Sizes } from "./refusals.ts";

export type FailureKind =
  | "network" // no connection, or a lost one
  | "timeout" // no answer, or it stopped
  | "conflict" // 408, 409, 425
  | "rate" // 429
  | "server" // 5xx, overloaded
  | "cut" // the stream broke in the middle
  | "refusal"
  | "empty"
  | "endless"
  | "context" // the prompt is too long
  | "lack" // the server lacks a feature that the request used: see `lacks`
  | "thoughts" // the model's thoughts used up the answer
  | "key" // 401: wrong or missing
  | "forbidden" // 403
  | "credit" // 402, quota used up
  | "model" // 404: no such model
  | "address" // 404: no such server
  | "request" // any other 4xx: a retry would not help
  | "budget" // the lab's own cap
  | "cancelled";

/** Kinds that time does not cure: a person has to change something. */
const PERMANENT: ReadonlySet<FailureKind> = new Set<FailureKind>([
  ...(["key", "forbidden", "credit", "model", "address", "request", "budget"] as const),
]);

export interface Failure {
  readonly kind: FailureKind;
  /** The description, in one line. */
  readonly words: string;
  /** The waiting time that the server asked for [ms]; null: none. */
  readonly retryAfter: number | null;
  /** Whether the provider may charge for the call despite the failure. */
  readonly charged: boolean;
  /** Number of characters received before the failure. */
  readonly received: number;
  /** For `lack`: the missing feature. */
  readonly lacks: Lack | null;
  /** For `context`: the sizes that the server stated. */
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

/** The failure that an error carries, or null for other errors. */
export function failureOf(error: unknown): Failure | null {
  if (!(error instanceof LabError) || (error.code !== "provider" && error.code !== "cancelled")) return null;
  const { cause } = error;
  return typeof cause === "object" && cause !== null && "kind" in cause && "charged" in cause
    ? (cause as Failure)
    : null;
}

/**
 * `retry-after` in ms, from its two headers: seconds or an HTTP date (RFC 9110, 10.2.3), and OpenAI's `retry-after-ms`.
 * Null when it is missing or invalid; at most a day.
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

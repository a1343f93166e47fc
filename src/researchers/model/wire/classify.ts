// Converts an error of a provider or of the SDK into a Failure. Status codes come first, then the words of the error:
// providers agree on neither (a wrong key is 401 at OpenAI and 400 at Google; an empty account is 402, 429 or 400).
import { failure, type Failure, failureOf, type FailureKind, retryAfter } from "./failure.ts";
import type { Lack } from "../keys/capabilities.ts";
import { lackIn, saysNoRoute, sizesIn } from "./refusals.ts";
import { waitIn } from "./stated-wait.ts";

interface Circumstances {
  /** ms since the epoch. */
  readonly now: number;
  /** Whether the answer had begun. */
  readonly answered: boolean;
  /** Number of characters received of the answer. */
  readonly received: number;
  /** The address entered by a person, which may be wrong. */
  readonly address?: string;
  /** Redacts keys. */
  redact(text: string): string;
}

/** The details of an error, wherever it carries them. */
interface Facts {
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly words: string;
  /** Whether the body is an error of an API, and not a web page. */
  readonly api: boolean;
  /** All searchable text of the error, in lower case. */
  readonly haystack: string;
}

const CONTEXT =
  /context[_ ](length|window|size)|maximum context|prompt is too long|too many tokens|exceed\w* (the )?(available |maximum )?(context|input|token)|input (is too long|token count)|context the overflows|request_too_large|request body too large|maximum (?:model|prompt) length|exceed_context|request too large|max_(?:completion_)?tokens\W.{0,40}(too large|less than or equal|valid range|maximum allowed|> \d)|valid range of max_tokens|max_new_tokens\W{0,3}must be <=|must have less than \d+ tokens|reduce the length of the|greater than max_seq_len|maximum tokens you requested exceeds/;
const CREDIT =
  /insufficient_quota|credit balance|insufficient (credits|funds|balance)|billing_?(hard_limit|not_active)|payment required|more credits/;
const KEY =
  /invalid[_ ]api[_ ]key|api key not (valid|found)|incorrect api key|authentication[_ ]error|invalid x-api-key|no auth credentials/;
const MODEL =
  /model[^.]{0,80}(not found|does not exist|not loaded|is not available|unknown)|not_found_error|no models? loaded|not a valid model/;
const OVERLOADED = /overloaded|server_error|internal (server )?error|unavailable|api_error|bad gateway/;
const RATE = /rate[_ ]limit|too many requests|resource_exhausted/;

/** The failure that `error` means. */
export function classify(error: unknown, circumstances: Circumstances): Failure {
  const known = failureOf(error);
  if (known) return known;
  const { now, answered, received, redact } = circumstances;
  const facts = factsOf(error);
  const { haystack, status } = facts;
  const lacks = mayLack(facts) ? lackIn(haystack) : null;
  const kind = kindOf(facts, answered, lacks, circumstances.address);
  const words =
    kind === "address" ? `${PREFIX.address} ${circumstances.address ?? ""} (${status}): ${ADDRESS}` : "";
  const asked =
    retryAfter(facts.headers, now) ?? (kind === "rate" || kind === "server" ? waitIn(haystack, now) : null);
  return failure(kind, redact(words === "" ? `${PREFIX[kind]}${detail(facts)}` : words), {
    retryAfter: asked,
    charged: mayBeCharged(kind, status, answered),
    received,
    ...(kind === "lack" ? { lacks } : {}),
    ...(kind === "context" ? { sizes: sizesIn(haystack) } : {}),
  });
}

const ADDRESS = "an address of Chat Completions mostly ends in /v1";

/** The statuses with which servers refuse a feature, at once or (null) in the middle of a stream. */
const mayLack = ({ status }: Facts): boolean => status === null || [400, 404, 422, 500, 501].includes(status);

function kindOf(
  { status, haystack, api, words }: Facts,
  answered: boolean,
  lacks: Lack | null,
  address: string | undefined,
): FailureKind {
  if (CONTEXT.test(haystack) && !/rate_limit_error/.test(haystack)) return "context";
  if (CREDIT.test(haystack)) return "credit";
  if (KEY.test(haystack)) return "key";
  const away = status === 404 || status === 405;
  if (away && address !== undefined && (!api || saysNoRoute(words))) return "address";
  // The name of a model may hold the name of a feature.
  if (lacks !== null && (status !== null || answered) && !(away && MODEL.test(haystack))) return "lack";
  if (status === null) {
    if (RATE.test(haystack)) return "rate";
    if (OVERLOADED.test(haystack)) return "server";
    return answered ? "cut" : "network";
  }
  const byStatus: Partial<Record<number, FailureKind>> = {
    401: "key",
    402: "credit",
    403: "forbidden",
    408: "conflict",
    409: "conflict",
    413: "context",
    425: "conflict",
    429: "rate",
  };
  if (status === 501) return "request";
  if (status >= 500) return MODEL.test(haystack) && status < 502 ? "model" : "server";
  if (MODEL.test(haystack) || status === 404) return "model";
  return (
    byStatus[status] ?? (RATE.test(haystack) ? "rate" : OVERLOADED.test(haystack) ? "server" : "request")
  );
}

/**
 * Whether a failed call may be charged. Providers do not charge for requests they refuse, but may charge for an answer
 * that was lost on the way: the stream broke, the connection failed, or a gateway gave up on a server that kept
 * working.
 */
function mayBeCharged(kind: FailureKind, status: number | null, answered: boolean): boolean {
  if (answered) return true;
  if (status === null) return kind === "network" || kind === "cut" || kind === "timeout";
  return status === 502 || status === 504 || status === 524;
}

const PREFIX: Readonly<Record<FailureKind, string>> = {
  network: "the connection failed",
  timeout: "the model did not answer in time",
  conflict: "the server could not take the request now",
  rate: "the provider's rate limit is reached",
  server: "the provider has trouble",
  cut: "the answer broke off",
  refusal: "the model refused",
  empty: "the model answered nothing",
  endless: "the answer had no end",
  context: "the prompt is longer than the model can read",
  lack: "the server does not take the request",
  thoughts: "the model's thoughts used up its answer",
  key: "the key is not accepted",
  forbidden: "the key may not use this model",
  credit: "the account has no credit left",
  model: "the provider has no such model",
  address: "no model answers at",
  request: "the provider rejects the request",
  budget: "the budget is spent",
  cancelled: "the proposal is no longer wanted",
};

function detail({ status, words }: Facts): string {
  const code = status === null ? "" : ` (${status})`;
  return words === "" ? code : `${code}: ${words.length > 300 ? `${words.slice(0, 300)}…` : words}`;
}

function factsOf(error: unknown): Facts {
  const record: Record<string, unknown> = isRecord(error) ? error : {};
  const body = typeof record.responseBody === "string" ? record.responseBody : "";
  const parsed = bodyOf(body);
  const inner = parsed ?? (isRecord(record.error) ? record.error : record);
  const message = typeof error === "string" ? error : (ownWords(inner) ?? text(record.message) ?? "");
  const status = number(record.statusCode) ?? number(inner.code) ?? number(inner.status);
  const haystack = [
    message,
    text(inner.type),
    text(inner.code),
    text(inner.status),
    text(record.message),
    body,
  ]
    .filter((part) => part !== null)
    .join(" ");
  return {
    status: status !== null && status >= 400 && status < 600 ? status : null,
    headers: isRecord(record.responseHeaders) ? strings(record.responseHeaders) : {},
    words: oneLine(message),
    api: parsed !== null && ownWords(inner) !== null,
    haystack: haystack.toLowerCase(),
  };
}

/** The server's own message: behind a router, that of the server behind it; of a list of faults, the first. */
function ownWords(inner: Record<string, unknown>): string | null {
  const raw = isRecord(inner.metadata) ? text(inner.metadata.raw) : null;
  const behind = raw === null ? null : (bodyOf(raw) ?? { message: raw });
  if (behind) return ownWords(behind);
  const { detail: list } = inner;
  const fault: unknown = Array.isArray(list) ? list[0] : null;
  if (isRecord(fault)) {
    const place = Array.isArray(fault.loc) ? `${fault.loc.join(".")}: ` : "";
    return `${place}${text(fault.msg) ?? ""}`;
  }
  const words = text(inner.message) ?? text(list);
  if (words === null) return null;
  const nested = /^\s*[{[]/.test(words) ? bodyOf(words) : null;
  return (nested ? ownWords(nested) : null) ?? words;
}

/** The last line of a traceback, else the whole text in one line. */
function oneLine(words: string): string {
  const lines = words.trim().split("\n");
  const chosen = /^Traceback|^\s+at .*:\d+/m.test(words) ? (lines.at(-1) ?? "") : words;
  return chosen.replace(/\s+/g, " ").trim();
}

/**
 * The `error` object of a JSON body; OpenAI, Anthropic, Google and the local servers all have one, of different shapes.
 */
function bodyOf(body: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(body);
    const value = Array.isArray(parsed) ? (parsed[0] as unknown) : parsed;
    if (!isRecord(value)) return null;
    if (typeof value.error === "string") return { message: value.error };
    return isRecord(value.error) ? value.error : value;
  } catch {
    // Not JSON but a proxy's page: the status alone decides.
    return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
const strings = (record: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name.toLowerCase(), String(value)]));

// From whatever a provider or the SDK throws to a Failure. Status codes first, then the words of the error: providers
// agree on neither (a wrong key is 401 at OpenAI and 400 at Google; an empty account is 402, 429 or 400).
import { failure, type Failure, failureOf, type FailureKind, retryAfter } from "./failure.ts";

interface Circumstances {
  /** ms since the epoch. */
  readonly now: number;
  /** Whether the answer had begun. */
  readonly answered: boolean;
  /** Characters of answer that had come. */
  readonly received: number;
  /** Takes keys out of words. */
  redact(text: string): string;
}

/** What an error says of itself, wherever it says it. */
interface Facts {
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly words: string;
  /** All there is to search in, lower case. */
  readonly haystack: string;
}

const CONTEXT =
  /context[_ ](length|window|size)|maximum context|prompt is too long|too many tokens|exceed\w* (the )?(available |maximum )?(context|input|token)|input (is too long|token count)|context the overflows|request_too_large/;
const TOOLS =
  /(does not|doesn't|not) support (tools?|function|tool)|tools? (is|are) not supported|no endpoints found that support tool/;
const CREDIT =
  /insufficient_quota|credit balance|insufficient (credits|funds|balance)|billing_?(hard_limit|not_active)|payment required|more credits/;
const KEY =
  /invalid[_ ]api[_ ]key|api key not (valid|found)|incorrect api key|authentication[_ ]error|invalid x-api-key|no auth credentials/;
const MODEL =
  /model[^.]{0,80}(not found|does not exist|not loaded|is not available|unknown)|not_found_error|no models? loaded|not a valid model/;
const OVERLOADED = /overloaded|server_error|internal (server )?error|unavailable|api_error|bad gateway/;
const RATE = /rate[_ ]limit|too many requests|resource_exhausted/;

/** The failure behind `error`. */
export function classify(error: unknown, circumstances: Circumstances): Failure {
  const known = failureOf(error);
  if (known) return known;
  const { now, answered, received, redact } = circumstances;
  const facts = factsOf(error);
  const kind = kindOf(facts, answered);
  return failure(kind, redact(`${PREFIX[kind]}${detail(facts)}`), {
    retryAfter: retryAfter(facts.headers, now),
    charged: mayBeCharged(kind, facts.status, answered),
    received,
  });
}

function kindOf({ status, haystack }: Facts, answered: boolean): FailureKind {
  if (CONTEXT.test(haystack) && (status === null || status < 500)) return "context";
  if (CREDIT.test(haystack)) return "credit";
  if (KEY.test(haystack)) return "key";
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
  if (status >= 500) return MODEL.test(haystack) && status < 502 ? "model" : "server";
  if (TOOLS.test(haystack)) return "tools";
  if (MODEL.test(haystack) || status === 404) return "model";
  return (
    byStatus[status] ?? (RATE.test(haystack) ? "rate" : OVERLOADED.test(haystack) ? "server" : "request")
  );
}

/**
 * Providers do not charge for requests they refuse. They may for one whose answer was lost on the way: the stream
 * broke, the connection went, or a gateway gave up on a server that went on.
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
  tools: "the model does not call tools",
  key: "the key is not accepted",
  forbidden: "the key may not use this model",
  credit: "the account has no credit left",
  model: "the provider has no such model",
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
  const inner = bodyOf(body) ?? (isRecord(record.error) ? record.error : record);
  const message = typeof error === "string" ? error : (text(inner.message) ?? text(record.message) ?? "");
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
    words: message.replace(/\s+/g, " ").trim(),
    haystack: haystack.toLowerCase(),
  };
}

/** The `error` object of a JSON body; OpenAI, Anthropic, Google and the local servers all have one, of different shapes. */
function bodyOf(body: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(body);
    const value = Array.isArray(parsed) ? (parsed[0] as unknown) : parsed;
    if (!isRecord(value)) return null;
    if (typeof value.error === "string") return { message: value.error };
    return isRecord(value.error) ? value.error : value;
  } catch {
    // Not JSON: a proxy's page. The status speaks for itself.
    return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
const strings = (record: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name.toLowerCase(), String(value)]));

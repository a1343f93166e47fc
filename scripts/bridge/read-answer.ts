// The answers of the known agents, as their versions of November 2026 write them: one JSON value, or one a line.
import type { Reply } from "./agents.ts";
import { AgentFailure, UNREADABLE } from "./failure.ts";

/** `{ type: "result", is_error, api_error_status, result, usage }`, or a list with that as its last entry. */
export function readClaude(stdout: string): Reply {
  const parsed = jsonAtEnd(stdout);
  const result = record(Array.isArray(parsed) ? parsed.at(-1) : parsed);
  if (typeof result?.result !== "string") throw unreadable(stdout);
  if (result.is_error === true) throw AgentFailure.of(result.result);
  const usage = record(result.usage);
  const prompt = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];
  return { text: result.result, usage: usageOf(prompt, ["output_tokens"], usage) };
}

/** Events, one a line: the last `agent_message` is the answer, `turn.completed` has the usage, `turn.failed` the error. */
export function readCodex(stdout: string): Reply {
  let text: string | null = null;
  let usage: Reply["usage"] = null;
  for (const line of stdout.split("\n")) {
    const event = record(parsedOr(line, null));
    const item = record(event?.item);
    if (event?.type === "turn.failed") {
      const message = record(event.error)?.message;
      throw typeof message === "string" ? AgentFailure.of(message) : unreadable(line);
    }
    if (item?.type === "agent_message" && typeof item.text === "string") text = item.text;
    if (event?.type === "turn.completed")
      usage = usageOf(["input_tokens"], ["output_tokens"], record(event.usage));
  }
  if (text === null) throw unreadable(stdout);
  return { text, usage };
}

/** `{ response, stats: { models: { NAME: { tokens } } } }`; a failure is `{ error }` at the end of stderr. */
export function readGemini(stdout: string, stderr: string): Reply {
  // It ignores settings in a folder that others can write to, and then it has its tools.
  if (/Skipping system settings file/.test(stderr))
    throw new AgentFailure(502, "it ignored the settings that turn its tools off");
  const error = record(record(jsonAtEnd(stdout) ?? jsonAtEnd(stderr))?.error);
  if (error) {
    const message = typeof error.message === "string" ? error.message : JSON.stringify(error);
    // The message of the server is inside it, as JSON.
    const inner = record(record(parsedOr(message, null))?.error)?.message;
    throw AgentFailure.of(typeof inner === "string" ? inner : message);
  }
  const result = record(jsonAtEnd(stdout));
  if (typeof result?.response !== "string") throw unreadable(stdout);
  const models = Object.values(record(record(result.stats)?.models) ?? {});
  const usages = models.map((model) =>
    usageOf(["prompt"], ["candidates", "thoughts"], record(record(model)?.tokens)),
  );
  const usage = usages.reduce(
    (sum, one) =>
      sum && one ? { input: sum.input + one.input, output: sum.output + one.output } : (sum ?? one),
    null,
  );
  return { text: result.response, usage };
}

/** Token counts from a record with fields of these names; null without a name for either. */
function usageOf(
  input: readonly string[],
  output: readonly string[],
  from: Readonly<Record<string, unknown>> | null,
): Reply["usage"] {
  const sum = (names: readonly string[]) =>
    names.reduce((total, name) => {
      const value = from?.[name];
      return total + (typeof value === "number" && value > 0 ? value : 0);
    }, 0);
  const usage = { input: sum(input), output: sum(output) };
  return usage.input > 0 && usage.output > 0 ? usage : null;
}

/** The JSON value that a text ends with, after any other lines; null when there is none. */
function jsonAtEnd(text: string): unknown {
  for (const { index } of text.matchAll(/^[ \t]*[[{]/gm)) {
    const value = parsedOr(text.slice(index), undefined);
    if (value !== undefined) return value;
  }
  return null;
}

function parsedOr<T>(text: string, otherwise: T): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise; // a line of the log between
  }
}

const unreadable = (text: string): AgentFailure =>
  new AgentFailure(502, `${UNREADABLE}: ${JSON.stringify(text.trim().slice(0, 80))}`);

const record = (value: unknown): Readonly<Record<string, unknown>> | null =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;

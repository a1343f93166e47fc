// Parses tool calls that a server left in the text: it has no parser for its model's dialect, or was started without
// one. The dialects are those of the chat templates of Qwen, Hermes, Llama, Mistral, DeepSeek, Kimi, GLM, Gemma, LFM,
// Functionary, Hunyuan, MiniMax, Step and gpt-oss.
import { endOf, looseJson, objectsIn } from "./loose-json.ts";

interface TextCall {
  readonly name: string;
  readonly input: unknown;
}

/** The calls of the tools `names` in a text, in order; empty when the text only mentions them. */
export async function callsIn(written: string, names: readonly string[]): Promise<TextCall[]> {
  const text = withPlainTags(withPlainQuotes(written));
  const marked = [...xmlCalls(text, names), ...(await headedCalls(text, names))];
  return marked.length > 0 ? marked : jsonCalls(text, names);
}

/** Gemma has marks of its own for the quotes around a string, in which nothing is escaped. */
const withPlainQuotes = (text: string): string =>
  text.replace(/(<escape>|<\|"\|>)([\s\S]*?)\1/g, (_, __, inner: string) => JSON.stringify(inner));

/** Some templates have a prefix before each name of a tag: `<｜DSML｜invoke name="submit">`, `<step:invoke …>`. */
const withPlainTags = (text: string): string =>
  text.replace(/<(\/?)(?:\w+:|｜\w+｜)(?=(?:function|invoke|parameter)\b)/g, "<$1");

/** `<function=submit><parameter=hypothesis>…</parameter></function>`, and the same with `name="…"` (invoke, arg_key). */
function xmlCalls(text: string, names: readonly string[]): TextCall[] {
  const FUNCTION =
    /<(?:function|invoke)(?:=| name=)["']?([\w.]+)["']?>\s*(?=<parameter)([\s\S]*?)(?:<\/(?:function|invoke)>|$)/g;
  const PARAMETER =
    /<parameter(?:=| name=)["']?(\w+)["']?[^>]*>([\s\S]*?)(?:<\/parameter>|(?=<parameter)|$)/g;
  const qwen = [...text.matchAll(FUNCTION)].map(([, name = "", inner = ""]) => ({
    name,
    pairs: [...inner.matchAll(PARAMETER)].map(([, key = "", value = ""]) => [key, value] as const),
  }));
  const GLM = /<tool_call>\s*([\w.]+)\s*(?=<arg_key>)([\s\S]*?)(?:<\/tool_call>|$)/g;
  const PAIR = /<arg_key>(\w+)<\/arg_key>\s*<arg_value>([\s\S]*?)(?:<\/arg_value>|$)/g;
  const glm = [...text.matchAll(GLM)].map(([, name = "", inner = ""]) => ({
    name,
    pairs: [...inner.matchAll(PAIR)].map(([, key = "", value = ""]) => [key, value] as const),
  }));
  return [...qwen, ...glm].flatMap(({ name, pairs }) => {
    const known = nameOf(name, names);
    // The value has lines of its own: trim these line breaks and keep its indentation.
    const trimmed = pairs.map(([key, value]) => [key, value.replace(/^\n|\n[ \t]*$/g, "")] as const);
    return known === null ? [] : [{ name: known, input: Object.fromEntries(trimmed) }];
  });
}

/** A name, then its arguments: `functions.submit({…})`, `[submit(…)]`, `<function=submit>{…}`, `submit<｜tool▁sep｜>…{…}`. */
async function headedCalls(text: string, names: readonly string[]): Promise<TextCall[]> {
  const heads =
    /(?:\bto=|<function=|<tool_call>\s*|<｜tool▁(?:sep|call▁begin)｜>|\|>\s*\[?|>>>\s*|\bcall:|\[TOOL_CALLS\]\s*|\),\s*|^[ \t]*(?:(?:print|await)\b[ (]*|\[)?|\bfunctions\.|default_api\.)(?:functions\.)?([A-Za-z]\w*)(?::\d+)?(?:<\|[^{(]*?\|>|<｜[^{(]*?｜>|\[ARGS\]|>|\s|json|commentary|```)*(?=[({])/gm;
  const calls: TextCall[] = [];
  for (const match of text.matchAll(heads)) {
    const name = nameOf(match[1] ?? "", names);
    if (name === null) continue;
    const from = match.index + match[0].length;
    const inner = text.slice(from, endOf(text, from));
    const input = await looseJson(inner.startsWith("(") ? argumentsOf(inner) : inner);
    if (isRecord(input)) calls.push({ name, input });
  }
  return calls;
}

/** `({…})` or Python's `(hypothesis="…", edits=[…])` as an object. */
function argumentsOf(parenthesised: string): string {
  const inner = parenthesised.replace(/^\(/, "").replace(/\)$/, "").trim();
  if (inner.startsWith("{")) return inner;
  let out = "";
  let rest = inner;
  for (;;) {
    const argument = /^[\s,]*(\w+)\s*=\s*/.exec(rest);
    if (!argument) return `{${out}}`;
    const value = rest.slice(argument[0].length);
    const end = /^["']/.test(value)
      ? endOfString(value)
      : /^[[{]/.test(value)
        ? endOf(value, 0)
        : value.search(/[,)]|$/);
    const plain = /^("""|''')([\s\S]*)\1$/.exec(value.slice(0, end))?.[2];
    const given = plain === undefined ? value.slice(0, end) : JSON.stringify(plain);
    out += `${out === "" ? "" : ","}"${argument[1] ?? ""}":${given}`;
    rest = value.slice(end);
  }
}

function endOfString(text: string): number {
  const quote = /^("""|'''|"|')/.exec(text)?.[0] ?? "";
  for (let at = quote.length; at < text.length; at++) {
    if (text.charAt(at) === "\\") at += 1;
    else if (text.startsWith(quote, at)) return at + quote.length;
  }
  return text.length;
}

/** `{"name": "submit", "arguments": {…}}` wherever it stands: in `<tool_call>`, behind `<|python_tag|>`, in prose. */
async function jsonCalls(text: string, names: readonly string[]): Promise<TextCall[]> {
  const calls: TextCall[] = [];
  for (const { text: candidate } of objectsIn(text)) {
    const value = await looseJson(candidate);
    calls.push(...(await callsOf(value, names)));
  }
  return calls;
}

async function callsOf(value: unknown, names: readonly string[]): Promise<TextCall[]> {
  if (!isRecord(value)) return [];
  if (Array.isArray(value.tool_calls)) {
    return (await Promise.all(value.tool_calls.map((one) => callsOf(one, names)))).flat();
  }
  const inner = isRecord(value.function) ? value.function : value;
  const name = nameOf(String(inner.name ?? inner.tool ?? inner.tool_name ?? value.function ?? ""), names);
  if (name === null) return [];
  const given = inner.arguments ?? inner.parameters ?? inner.input ?? inner.args ?? inner.tool_input;
  const input = typeof given === "string" ? await looseJson(given) : given;
  return isRecord(input) ? [{ name, input }] : [];
}

const nameOf = (written: string, names: readonly string[]): string | null =>
  names.find((name) => name === written.replace(/^(?:functions|default_api|tools?)\./, "")) ?? null;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

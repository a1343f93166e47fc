// Checks a researcher's WGSL before it runs in the engine, which must not trust it: functions and
// constants only, no bindings, no entry point, no recursion, every loop bounded. An endless dispatch hangs WebGPU for
// the whole browser on SwiftShader, so the check itself inserts the bounds into the loops.
//
// The compiled text is exactly the checked text: the check first removes comments and normalises line breaks, because
// WGSL ends lines at more characters than most parsers do.

import { LabError } from "../../../error.ts";
import type { DType } from "../../values/shape.ts";

export interface GuardedWgsl {
  /** The text with a counter in every loop; it has as many lines as the original. */
  readonly code: string;
  readonly lines: number;
  /** Whether the text has loops. */
  readonly loops: boolean;
  /** Number of tokens of one call, with inner calls expanded and each loop body counted once. */
  readonly cost: number;
}

export const MAX_TEXT = 16_384;
const MAX_COST = 20_000;
const DEEPEST = 64;

/** Name of the function the kernel calls: for each element, or for each invocation of each workgroup. */
export type Form = "element" | "group";

const FORBIDDEN = new Map([
  ["storage", "inputs are bound for you: name them in `inputs`"],
  ["uniform", "pass numbers as a tensor of one element"],
  ["override", "use const"],
  ["enable", "kernels run on every adapter"],
  ["requires", "kernels run on every adapter"],
  ["diagnostic", "correct the code instead"],
  ["main", "the entry point is written for you"],
]);
const BARRIERS = new Set(["workgroupBarrier", "storageBarrier", "textureBarrier", "workgroupUniformLoad"]);
const LOOPS = new Set(["loop", "while", "for"]);

interface Token {
  readonly text: string;
  readonly start: number;
  readonly line: number;
}

/** Checks a text of element type `dtype`, and bounds its loops. Throws LabError "wgsl" with the kernel and the line. */
export function guardWgsl(name: string, text: string, form: Form, dtype: DType = "f32"): GuardedWgsl {
  const fail = (line: number, what: string, hint?: string): never => {
    throw new LabError("wgsl", { what: `nn.kernel ${name}:${line}: ${what}`, hint });
  };
  if (text.length > MAX_TEXT)
    throw new LabError("wgsl", {
      what: `nn.kernel ${name}: the text is too long`,
      got: `${text.length} characters`,
      expected: `at most ${MAX_TEXT}`,
    });
  const plain = withoutComments(text, fail);
  const tokens = tokensOf(plain);
  for (const { text: word, line } of tokens) {
    if (!/^[\x20-\x7e]+$/.test(word)) fail(line, `unexpected character ${JSON.stringify(word)}`);
    if (word === "@")
      fail(line, "attributes are not allowed", "bindings and entry point are written for you");
    const hint = FORBIDDEN.get(word);
    if (hint !== undefined) fail(line, `\`${word}\` is not allowed`, hint);
    if (/^(nn_|__)/.test(word))
      fail(line, `\`${word}\` is not allowed`, "names that start with nn_ are the engine's");
  }
  const closes = matchBraces(tokens, fail);
  const functions = functionsOf(tokens, closes, fail);
  const entry = functions.get(form);
  if (!entry)
    return fail(1, `no \`fn ${form}\``, form === "element" ? `fn element(i: u32) -> ${dtype}` : GROUP);
  checkSignature(name, form, dtype, entry, tokens, plain);
  const inserts = new Map<number, string>();
  const start = tokens[entry.open];
  if (form === "group" && start) inserts.set(start.start + 1, " var nn_rounds = 0u;");
  let loops = false;
  tokens.forEach((token, i) => {
    if (BARRIERS.has(token.text) && !(form === "group" && i > entry.open && i < entry.close))
      fail(
        token.line,
        `${token.text} outside fn group`,
        "a barrier needs `workgroup` and stands in fn group itself",
      );
    if (!LOOPS.has(token.text)) return;
    loops = true;
    const open = tokens.findIndex(({ text: word }, at) => at > i && word === "{");
    const brace = tokens[open];
    const close = closes.get(open);
    if (!brace || close === undefined) return fail(token.line, `${token.text} without a body`);
    const barrier = tokens.slice(open, close).some(({ text: word }) => BARRIERS.has(word));
    inserts.set(brace.start + 1, barrier ? ROUND : STEP);
  });
  const code = [...inserts]
    .sort(([a], [b]) => b - a)
    .reduce((t, [at, s]) => t.slice(0, at) + s + t.slice(at), plain);
  return { code, lines: code.split("\n").length, loops, cost: costOf(form, functions, fail) };
}

/**
 * Whether `fn element(i)` reads each input at i alone, so that no value passes from one element to another. Decides by
 * the tokens: false for any text in which this is not evident.
 */
export function isElementwise(text: string, inputs: readonly string[]): boolean {
  const words = tokensOf(withoutComments(text, () => false as never)).map((token) => token.text);
  // fn element ( index
  const index = words[words.indexOf("fn") + 3];
  // One function only: a second one could receive a different index. No memory shared by invocations.
  if (words.filter((word) => word === "fn").length !== 1) return false;
  if (words.some((word) => /^(workgroup|private|function|subgroup|quad|atomic)/.test(word))) return false;
  return words.every((word, at) => {
    if (word === index) return !["let", "var", "const"].includes(words[at - 1] ?? "");
    if (!inputs.includes(word)) return true;
    const [open, place, close] = words.slice(at + 1, at + 4);
    return open === "[" && place === index && close === "]" && words[at - 1] !== "&";
  });
}

const GROUP = "fn group(g: u32, lane: u32)";

/** Checks the signature that the entry point calls: the compiler would report a line that train.ts does not have. */
function checkSignature(
  name: string,
  form: Form,
  dtype: DType,
  { open, line, at }: Body,
  tokens: readonly Token[],
  text: string,
): void {
  const words = tokens.slice(at + 2, open).map((token) => token.text);
  const plain = words.join("");
  const fits =
    form === "element"
      ? /^\(\w+:u32,?\)->(\w+)$/.exec(plain)?.[1] === dtype
      : /^\(\w+:u32,\w+:u32,?\)$/.test(plain);
  if (fits) return;
  throw new LabError("wgsl", {
    what: `nn.kernel ${name}:${line}: parameters or result of fn ${form}`,
    got: text.slice(tokens[at]?.start, tokens[open]?.start).trim().slice(0, 80),
    expected: form === "element" ? `fn element(i: u32) -> ${dtype}` : GROUP,
  });
}

// Counts the iterations of one invocation over all its loops. The count is private, so no barrier may depend on it.
const STEP = " if (nn_spent()) { break; }";
// Loops around barriers are counted in a variable that is provably the same for the whole workgroup.
const ROUND = " if (nn_rounds >= NN_ROUNDS) { nn_steps = NN_STEPS + 1u; break; } nn_rounds += 1u;";

type Fail = (line: number, what: string, hint?: string) => never;

/** The text, line by line, with blanks in place of comments. */
function withoutComments(text: string, fail: Fail): string {
  const source = text.replace(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/g, "\n").replace(/^\n/, "");
  let plain = "";
  let line = 1;
  for (let i = 0; i < source.length;) {
    if (source.startsWith("//", i)) {
      while (i < source.length && source[i] !== "\n") i++;
    } else if (source.startsWith("/*", i)) {
      const opened = line;
      let depth = 0;
      do {
        if (i >= source.length) fail(opened, "a comment without an end");
        const pair = source.slice(i, i + 2);
        if (pair === "/*") depth++;
        if (pair === "*/") depth--;
        if (source[i] === "\n") {
          plain += "\n";
          line++;
        }
        i += pair === "/*" || pair === "*/" ? 2 : 1;
      } while (depth > 0);
      plain += " ";
    } else {
      if (source[i] === "\n") line++;
      plain += source[i] ?? "";
      i++;
    }
  }
  return plain;
}

function tokensOf(plain: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (const match of plain.matchAll(/\n|[ \t]+|[A-Za-z_]\w*|\.?\d[\w.]*|[^]/gu)) {
    const [text] = match;
    if (text === "\n") line++;
    else if (text.trim() !== "" || !/^[ \t]/.test(text)) tokens.push({ text, start: match.index, line });
  }
  return tokens;
}

/** Index of the closing token, by that of its opening brace. */
function matchBraces(tokens: readonly Token[], fail: Fail): Map<number, number> {
  const closes = new Map<number, number>();
  const stack: { at: number; text: string }[] = [];
  const pairs: Record<string, string> = { "}": "{", ")": "(", "]": "[" };
  tokens.forEach(({ text, line }, at) => {
    if (text === "{" || text === "(" || text === "[") {
      stack.push({ at, text });
      if (stack.length > DEEPEST) fail(line, "nested too deeply");
    }
    const opening = pairs[text];
    if (opening === undefined) return;
    const open = stack.pop();
    if (open?.text !== opening) return fail(line, `\`${text}\` without \`${opening}\``);
    if (text === "}") closes.set(open.at, at);
  });
  const open = stack[0];
  if (open) fail(tokens[open.at]?.line ?? 1, `\`${open.text}\` is not closed`);
  return closes;
}

interface Body {
  /** Indices of the tokens `fn`, `{` and `}`. */
  readonly at: number;
  readonly open: number;
  readonly close: number;
  readonly calls: readonly string[];
  readonly line: number;
}

function functionsOf(
  tokens: readonly Token[],
  closes: ReadonlyMap<number, number>,
  fail: Fail,
): Map<string, Body> {
  const functions = new Map<string, Body>();
  const names = new Set(
    tokens.flatMap((_, i) => (tokens[i - 1]?.text === "fn" ? [tokens[i]?.text ?? ""] : [])),
  );
  tokens.forEach(({ text, line }, i) => {
    if (text !== "fn") return;
    const name = tokens[i + 1]?.text ?? "";
    const open = tokens.findIndex(({ text: word }, at) => at > i && word === "{");
    const close = closes.get(open);
    if (close === undefined) return fail(line, `fn ${name} without a body`);
    if (functions.has(name)) fail(line, `fn ${name} is defined twice`);
    const calls = tokens
      .slice(open, close)
      .filter(({ text: word }, k) => names.has(word) && tokens[open + k + 1]?.text === "(")
      .map(({ text: word }) => word);
    functions.set(name, { at: i, open, close, calls, line });
  });
  return functions;
}

/** Number of tokens of a function with its calls expanded: a chain of functions that each call twice acts as a loop. */
function costOf(form: string, functions: ReadonlyMap<string, Body>, fail: Fail): number {
  const known = new Map<string, number>();
  const open = new Set<string>();
  const cost = (name: string): number => {
    const body = functions.get(name);
    if (!body) return 0;
    const before = known.get(name);
    if (before !== undefined) return before;
    if (open.has(name)) fail(body.line, `fn ${name} calls itself`, "WGSL has no recursion");
    open.add(name);
    const sum = body.calls.reduce((total, called) => total + cost(called), body.close - body.open);
    open.delete(name);
    if (sum > MAX_COST)
      fail(body.line, `fn ${name} expands to too much code`, `at most ${MAX_COST} tokens with its calls`);
    known.set(name, sum);
    return sum;
  };
  return cost(form);
}

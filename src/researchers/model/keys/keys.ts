// Keys stay here, in memory, and leave only in the header of a request. An object with a key cannot be serialised by
// accident (private fields, no enumerable values), and every text that leaves the lab is scanned for keys.
import type { ProviderId } from "./config.ts";

/** A key found in a text that must not contain one. */
interface Leak {
  /** The file's path; "" for a single text. */
  readonly where: string;
  /** The line number, from 1. */
  readonly line: number;
  /** The owner of the key, or the kind that it looks like; never the key. */
  readonly what: string;
}

/** The end of a line within a key, with quotes, joins and margins around it. */
const BREAK = String.raw`["'\x60+\\, \t\r]*(?:\n|\\n)[\s"'\x60+#>|*/]*`;

/**
 * Keys of a format, on one line or broken over two (then with the prefix `broken`); each part of a broken one must have a
 * digit, or it may be a word of prose.
 */
const shape = (prefix: string, character: string, least: number, broken = prefix): RegExp =>
  new RegExp(
    String.raw`\b(?:${broken}(?=${character}*\d)${character}{6,}${BREAK}(?=${character}*\d)${character}{8,}|${prefix}${character}{${least},})`,
    "g",
  );

// Formats of the keys of providers and forges, to find keys that are not in the ring (pasted into program.md).
const SHAPES: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["an Anthropic key", shape("sk-ant-", String.raw`[\w-]`, 20)],
  ["an OpenRouter key", shape("sk-or-v1-", String.raw`[\w-]`, 20)],
  ["an OpenAI key", shape("sk-(?!ant-|or-)", String.raw`[\w-]`, 24, "sk-(?:proj|svcacct|admin)-")],
  ["a Google key", shape("AIza", String.raw`[\w-]`, 30)],
  ["a Groq key", shape("gsk_", String.raw`\w`, 20)],
  ["an xAI key", shape("xai-", String.raw`\w`, 20)],
  ["a Hugging Face token", shape("hf_", String.raw`\w`, 20)],
  ["a GitHub token", shape("(?:gh[pousr]_|github_pat_)", String.raw`\w`, 30)],
];

/** Shorter keys would match ordinary text. */
const MIN_LENGTH = 8;

/** Keys by provider, and by address for self-hosted servers. */
export class KeyRing {
  readonly #keys = new Map<string, string>();

  set(owner: ProviderId | `compatible ${string}`, key: string): void {
    const trimmed = key.trim();
    if (trimmed === "") this.#keys.delete(owner);
    else this.#keys.set(owner, trimmed);
  }
  get(owner: string): string | null {
    return this.#keys.get(owner) ?? null;
  }
  /** The owners of the keys, without the keys. */
  owners(): readonly string[] {
    return [...this.#keys.keys()];
  }
  clear(): void {
    this.#keys.clear();
  }
  /** For sealing (vault.ts) and scanning only. */
  entries(): readonly (readonly [owner: string, key: string])[] {
    return [...this.#keys];
  }
  /** Replaces every key of the ring, in any spelling or broken over lines, and every text in the format of a key. */
  redact(text: string): string {
    let clean = text;
    for (const [owner, key] of this.#keys) {
      for (const spelling of spellings(key)) clean = clean.replaceAll(spelling, `[key of ${owner}]`);
    }
    for (const { at, to, owner } of [...splitKeys(clean, [...this.#keys])].sort((a, b) => b.at - a.at))
      clean = `${clean.slice(0, at)}[key of ${owner}]${clean.slice(to)}`;
    for (const [what, pattern] of SHAPES) clean = clean.replace(pattern, `[${what}]`);
    return clean;
  }
}

/**
 * Redacts a text that arrives in pieces: it holds back a possible beginning of a key until the next pieces decide. Call
 * it with null at the end for the rest.
 */
export function streamRedactor(keys: KeyRing): (piece: string | null) => string {
  const secrets = keys.entries().map(([, key]) => key);
  let held = "";
  return (piece) => {
    const text = keys.redact(held + (piece ?? ""));
    const tail = piece === null ? 0 : Math.max(0, ...secrets.map((key) => overlap(text, key)));
    held = tail === 0 ? "" : text.slice(-tail);
    return tail === 0 ? text : text.slice(0, -tail);
  };
}

/** Length of the longest end of `text` with which `key` begins. */
function overlap(text: string, key: string): number {
  for (let length = Math.min(key.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(key.slice(0, length))) return length;
  }
  return 0;
}

/**
 * Describes the first character that a key cannot contain, without showing the key; null: none. Keys are printable
 * ASCII; a key copied from a field that hides it consists of dots.
 */
export function oddCharacter(key: string): string | null {
  const at = key.search(/[^\x21-\x7e]/);
  if (at < 0) return null;
  const character = key.codePointAt(at) ?? 0;
  const name = /\s/.test(key.charAt(at))
    ? "a space"
    : `U+${character.toString(16).toUpperCase().padStart(4, "0")}`;
  return `holds a character that no key has (${name}, at place ${at + 1}): copy it again from where it is shown whole`;
}

/** The owner under which the ring keeps a model's key. */
export function keyOwner(config: {
  provider: ProviderId;
  address?: string;
}): ProviderId | `compatible ${string}` {
  if (config.provider !== "compatible") return config.provider;
  const address = config.address ?? "";
  return `compatible ${URL.canParse(address) ? new URL(address).origin : address}`;
}

/**
 * Every place in `content` (one text, or files by path) with one of `keys` (plain, percent-encoded, in JSON or in
 * base64) or with a text in the format of a key. Called before every commit and export, which any result must stop.
 */
export function scanForKeys(
  content: string | Readonly<Record<string, string | Uint8Array | null>>,
  keys: Iterable<readonly [owner: string, key: string]> | KeyRing = [],
): Leak[] {
  const known = keys instanceof KeyRing ? keys.entries() : [...keys];
  const files = typeof content === "string" ? { "": content } : content;
  return Object.entries(files).flatMap(([where, file]) => {
    if (file === null) return [];
    const text = typeof file === "string" ? file : new TextDecoder("latin1").decode(file);
    return scanText(text, known).map(({ at, what }) => ({ where, line: lineOf(text, at), what }));
  });
}

function scanText(
  text: string,
  known: readonly (readonly [string, string])[],
): { at: number; what: string }[] {
  const found = new Map<number, string>();
  for (const [owner, key] of known) {
    for (const spelling of spellings(key)) {
      for (let at = text.indexOf(spelling); at >= 0; at = text.indexOf(spelling, at + 1)) {
        found.set(at, `the key of ${owner}`);
      }
    }
  }
  for (const { at, owner } of splitKeys(text, known)) found.set(at, `the key of ${owner}`);
  for (const [what, pattern] of SHAPES) {
    for (const { index } of text.matchAll(pattern)) if (!found.has(index)) found.set(index, what);
  }
  return [...found].sort(([a], [b]) => a - b).map(([at, what]) => ({ at, what }));
}

/** What may stand between the parts of a key that was broken over lines: white space, quotes, joins, margins, numbers of lines. */
const JOINS = /\\+[nrt]|\n[ \t]*\d+[ \t]*[|:]|[\s\p{Cf}"'`+\\,#>|*/()[\];&]/gu;
/** Shorter keys could match by chance once JOINS are removed. */
const MIN_SPLIT = 16;

/** The keys of the ring that are broken over lines in the text, from offset `at` to `to`. */
function* splitKeys(
  text: string,
  known: readonly (readonly [string, string])[],
): Generator<{ at: number; to: number; owner: string }> {
  const keys = known.map(([owner, key]) => [owner, key.replace(JOINS, "")] as const);
  const long = keys.filter(([, key]) => key.length >= MIN_SPLIT);
  if (long.length === 0) return;
  const joined = text.replace(JOINS, "");
  for (const [owner, key] of long) {
    for (let from = joined.indexOf(key); from >= 0; from = joined.indexOf(key, from + key.length)) {
      yield { at: placeIn(text, from), to: placeIn(text, from + key.length - 1) + 1, owner };
    }
  }
}

/** The offset in `text` of the character with number `index`, not counting JOINS. */
function placeIn(text: string, index: number): number {
  let place = index;
  for (const { index: at, 0: join } of text.matchAll(JOINS)) {
    if (at > place) break;
    place += join.length;
  }
  return place;
}

/** The forms in which a key may appear in a text. */
function spellings(key: string): readonly string[] {
  if (key.length < MIN_LENGTH) return [];
  const json = JSON.stringify(key).slice(1, -1);
  return [...new Set([key, json, encodeURIComponent(key), ...base64Spellings(key)])];
}

/** Base64 of the key within a longer text: three alignments, without the characters that depend on its neighbours. */
function base64Spellings(key: string): string[] {
  const bytes = new TextEncoder().encode(key);
  return [0, 1, 2].map((offset) => {
    const padded = String.fromCharCode(...new Uint8Array(offset), ...bytes);
    const whole = btoa(padded);
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    return whole.slice(first, last);
  });
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split("\n").length;

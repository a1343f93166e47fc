// What a model on its server can do, as far as it is known: what its provider's models usually can, what a server refused
// or cut, and what a person wrote. One row for each server and model; the latest word about a capability counts.
import { LabError } from "../../../error.ts";
import { complete, type ModelConfig } from "./config.ts";

export interface Abilities {
  /** Takes tools, and its model uses them. */
  readonly tools: boolean;
  /** Has a role for the system prompt. */
  readonly system: boolean;
  /** Streams its answer. */
  readonly stream: boolean;
  /** Takes `stream_options`, which asks a stream for its usage. */
  readonly streamOptions: boolean;
  /** Calls the longest answer `max_tokens`; else `max_completion_tokens`. */
  readonly maxTokens: boolean;
  /** Tokens of prompt and answer together; 0: not known. */
  readonly context: number;
  /** Tokens of a prompt at most. */
  readonly promptTokens: number;
  /** Tokens of an answer at most, thinking included. */
  readonly answerTokens: number;
}
export type Ability = keyof Abilities;
/** What a request may carry and a server may lack. */
export type Lack = Exclude<Ability, "context" | "promptTokens" | "answerTokens">;

/** One word about one capability. */
export interface Word {
  readonly value: boolean | number;
  readonly from: "learned" | "set";
  /** What was learned from, in a line. */
  readonly why: string;
}
/** By server and model; what is not in a row is as the provider's models usually are. */
export type CapabilityTable = Readonly<Record<string, CapabilityRow>>;
type CapabilityRow = Readonly<Partial<Record<Ability, Word>>>;

/** As the page shows a capability. */
export interface Capability {
  readonly name: Ability;
  readonly value: boolean | number;
  readonly from: "default" | Word["from"];
  readonly why: string;
}

const ABILITIES: readonly Ability[] = [
  ...(["tools", "system", "stream", "streamOptions", "maxTokens"] as const),
  ...(["context", "promptTokens", "answerTokens"] as const),
];

/** Less holds no proposal. */
export const LEAST_ANSWER = 700;
/** Smaller than this, a prompt holds no train.ts. */
export const LEAST_PROMPT = 1_500;
/** Of a context that prompt and answer share, the answer's part. */
const ANSWER_SHARE = 0.3;
/** What a chat template adds to a prompt [tokens]. */
const TEMPLATE = 64;

export class Capabilities {
  #table: CapabilityTable;
  readonly #changed: (table: CapabilityTable) => void;

  constructor(table: CapabilityTable = {}, changed: (table: CapabilityTable) => void = () => undefined) {
    this.#table = table;
    this.#changed = changed;
  }

  get table(): CapabilityTable {
    return this.#table;
  }

  /** What requests may carry, and how long they may be. */
  of(config: ModelConfig): Abilities {
    const usual = usually(config);
    const row = this.#row(config);
    const words = Object.fromEntries(Object.entries(row).map(([name, { value }]) => [name, value]));
    const can = { ...usual, ...(words as Partial<Abilities>) };
    if (can.context === 0) return can;
    // A size that was set or learned of the answer itself stands; the usual one must leave room for a prompt.
    const most = row.answerTokens === undefined ? can.context * ANSWER_SHARE : can.context - LEAST_PROMPT;
    return { ...can, answerTokens: Math.max(LEAST_ANSWER, Math.floor(Math.min(can.answerTokens, most))) };
  }

  /** The row as the page shows it, with what is usual where nothing was learned or set. */
  row(config: ModelConfig): readonly Capability[] {
    const row = this.#row(config);
    const usual = usually(config);
    return ABILITIES.map((name) => {
      const word = row[name];
      return word === undefined ? { name, value: usual[name], from: "default", why: "" } : { name, ...word };
    });
  }

  learn(config: ModelConfig, name: Ability, value: boolean | number, why: string): void {
    this.#write(config, name, { value, from: "learned", why: why.slice(0, 300) });
  }

  /** A person's word; null takes back what was said or learned. Throws LabError `value`. */
  set(config: ModelConfig, name: Ability, value: boolean | number | null): void {
    if (value !== null) mustFit(name, value);
    this.#write(config, name, value === null ? null : { value, from: "set", why: "" });
  }

  /** A size that was learned, grown by `factor`; it is forgotten where it reaches what is usual. A set one stays. */
  grow(config: ModelConfig, name: "context" | "promptTokens" | "answerTokens", factor: number): boolean {
    const word = this.#row(config)[name];
    if (word?.from !== "learned" || typeof word.value !== "number") return false;
    const usual = usually(config);
    const enough = name === "context" ? usual.promptTokens + usual.answerTokens + TEMPLATE : usual[name];
    // What was learned to be more than usual has been needed.
    if (word.value >= enough) return false;
    const value = Math.floor(word.value * factor);
    this.#write(config, name, value >= enough ? null : { ...word, value });
    return true;
  }

  #row(config: ModelConfig): CapabilityRow {
    return this.#table[serverModel(config)] ?? {};
  }

  #write(config: ModelConfig, name: Ability, word: Word | null): void {
    const id = serverModel(config);
    const others = Object.entries(this.#row(config)).filter(([key]) => key !== name);
    const row = Object.fromEntries([...others, ...(word === null ? [] : [[name, word]])]) as CapabilityRow;
    this.#table = { ...this.#table, [id]: row };
    this.#changed(this.#table);
  }
}

/** Tokens a prompt may have beside an answer in their common context, as the server counts them. */
export const roomOf = ({ context, answerTokens }: Abilities): number =>
  context === 0 ? Infinity : context - answerTokens - TEMPLATE;

/** What a row is called: the model and where it runs. */
export function serverModel(config: ModelConfig): string {
  const { provider, model, address } = complete(config);
  return `${provider} ${address} ${model}`;
}

/** `tools=no`, `context=8192`: one word about a capability as a flag writes it. Throws LabError `value`. */
export function parseCapability(text: string): { readonly name: Ability; readonly value: boolean | number } {
  const [written = "", given = ""] = text.split("=", 2).map((part) => part.trim());
  const name = ABILITIES.find((one) => one.toLowerCase() === written.toLowerCase().replaceAll("-", ""));
  const value = given === "yes" || given === "no" ? given === "yes" : Number(given === "" ? NaN : given);
  if (name === undefined) {
    throw new LabError("value", { what: "no such capability", got: text, expected: ABILITIES.join(", ") });
  }
  mustFit(name, value);
  return { name, value };
}

function usually(config: ModelConfig): Abilities {
  const { tools, promptTokens, answerTokens } = complete(config);
  const form = { system: true, stream: true, streamOptions: true, maxTokens: true };
  return { ...form, tools, context: 0, promptTokens, answerTokens };
}

function mustFit(name: Ability, value: boolean | number): void {
  const least = name === "answerTokens" ? LEAST_ANSWER : LEAST_PROMPT;
  const size = name === "context" || name === "promptTokens" || name === "answerTokens";
  const fits = size
    ? typeof value === "number" && Number.isInteger(value) && value >= least && value <= 2_000_000
    : typeof value === "boolean";
  if (fits) return;
  const expected = size ? `${least} to 2000000 tokens` : "yes or no";
  throw new LabError("value", { what: `capability ${name}`, got: String(value), expected });
}

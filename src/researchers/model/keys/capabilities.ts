// The capabilities of a model on its server, as far as they are known: the provider's usual ones, those that a server
// refused or limited, and those that a person set. One row for each server and model; the latest entry for a capability
// counts.
import { LabError } from "../../../error.ts";
import { complete, type ModelConfig } from "./config.ts";

export interface Abilities {
  /** The server accepts tools and the model uses them. */
  readonly tools: boolean;
  /** The server has a role for the system prompt. */
  readonly system: boolean;
  /** The server streams answers. */
  readonly stream: boolean;
  /** The server accepts `stream_options`, which asks for the usage in a stream. */
  readonly streamOptions: boolean;
  /** The parameter for the longest answer is `max_tokens`; else `max_completion_tokens`. */
  readonly maxTokens: boolean;
  /** Tokens of prompt and answer together; 0: unknown. */
  readonly context: number;
  /** Maximum length of a prompt [tokens]. */
  readonly promptTokens: number;
  /** Maximum length of an answer, thinking included [tokens]. */
  readonly answerTokens: number;
}
export type Ability = keyof Abilities;
/** Features of a request that a server may lack. */
export type Lack = Exclude<Ability, "context" | "promptTokens" | "answerTokens">;

/** One entry about one capability. */
export interface Word {
  readonly value: boolean | number;
  readonly from: "learned" | "set";
  /** The message or measurement it was learned from, in one line. */
  readonly why: string;
}
/** Rows by server and model; a missing entry means the provider's usual value. */
export type CapabilityTable = Readonly<Record<string, CapabilityRow>>;
type CapabilityRow = Readonly<Partial<Record<Ability, Word>>>;

/** A capability as the page shows it. */
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

/** A shorter answer cannot hold a proposal [tokens]. */
export const MIN_ANSWER = 700;
/** A shorter prompt cannot hold a train.ts [tokens]. */
export const MIN_PROMPT = 1_500;
/** The answer's share of a context that prompt and answer share. */
const ANSWER_SHARE = 0.3;
/** Tokens that a chat template adds to a prompt. */
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

  /** The features and size limits of requests to this model. */
  of(config: ModelConfig): Abilities {
    const usual = usually(config);
    const row = this.#row(config);
    const words = Object.fromEntries(Object.entries(row).map(([name, { value }]) => [name, value]));
    const can = { ...usual, ...(words as Partial<Abilities>) };
    if (can.context === 0) return can;
    // An answer length that was set or learned stands; the usual one must leave room for a prompt.
    const most = row.answerTokens === undefined ? can.context * ANSWER_SHARE : can.context - MIN_PROMPT;
    return { ...can, answerTokens: Math.max(MIN_ANSWER, Math.floor(Math.min(can.answerTokens, most))) };
  }

  /** The row as the page shows it, with the usual value where none was learned or set. */
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

  /** Stores a person's setting; null removes the stored entry. Throws LabError `value`. */
  set(config: ModelConfig, name: Ability, value: boolean | number | null): void {
    if (value !== null) mustFit(name, value);
    this.#write(config, name, value === null ? null : { value, from: "set", why: "" });
  }

  /**
   * Multiplies a learned size by `factor`, and forgets it once it reaches the usual size. Sizes set by a person stay.
   */
  grow(config: ModelConfig, name: "context" | "promptTokens" | "answerTokens", factor: number): boolean {
    const word = this.#row(config)[name];
    if (word?.from !== "learned" || typeof word.value !== "number") return false;
    const usual = usually(config);
    const enough = name === "context" ? usual.promptTokens + usual.answerTokens + TEMPLATE : usual[name];
    // A learned size above the usual one was needed: keep it.
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

/** Tokens left for a prompt beside an answer in their common context, as the server counts them. */
export const roomOf = ({ context, answerTokens }: Abilities): number =>
  context === 0 ? Infinity : context - answerTokens - TEMPLATE;

/** The key of a row: the model and its server. */
export function serverModel(config: ModelConfig): string {
  const { provider, model, address } = complete(config);
  return `${provider} ${address} ${model}`;
}

/** Parses a capability in a flag: `tools=no`, `context=8192`. Throws LabError `value`. */
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
  const least = name === "answerTokens" ? MIN_ANSWER : MIN_PROMPT;
  const size = name === "context" || name === "promptTokens" || name === "answerTokens";
  const fits = size
    ? typeof value === "number" && Number.isInteger(value) && value >= least && value <= 2_000_000
    : typeof value === "boolean";
  if (fits) return;
  const expected = size ? `${least} to 2000000 tokens` : "yes or no";
  throw new LabError("value", { what: `capability ${name}`, got: String(value), expected });
}

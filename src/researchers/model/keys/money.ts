// The cost of the models, and the cap on it. Every call is booked, also a failed one that may still be charged; the cap
// counts both. A call is refused beforehand when its worst case does not fit, and its answer is limited to the rest of
// the budget, so the cap holds to the token. An unknown price cannot be summed: then the cap is on tokens instead, and
// the lab says so.
import { researcherName, type ModelConfig } from "./config.ts";
import { type Price, type PriceTable, priceOf, PRICES } from "./prices.ts";

/** Token counts from the provider; null where it gave none. */
export interface Usage {
  /** The whole prompt, cached or not. */
  readonly input: number | null;
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
  /** The whole answer, thinking included. */
  readonly output: number | null;
  readonly reasoning: number | null;
  /** Dollars, where the provider itself reports its charge (OpenRouter). */
  readonly dollars: number | null;
}

/** One call, as stored. */
export interface Booking {
  readonly at: number; // ms since the epoch
  readonly experiment: number;
  /** The model's name in the notebook. */
  readonly researcher: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  /** Null: the price is unknown. */
  readonly dollars: number | null;
  /**
   * `billed`: the provider reported the usage. `estimated`: it answered without a usage. `perhaps`: the call failed and
   * may be charged.
   */
  readonly certainty: "billed" | "estimated" | "perhaps";
}

export interface Totals {
  readonly calls: number;
  readonly tokens: number;
  /** Known dollars, including calls that may have been charged. */
  readonly dollars: number;
  /** The part of `dollars` whose charge is uncertain. */
  readonly perhaps: number;
  /** Number of calls with an unknown price. */
  readonly unpriced: number;
}

export interface Caps {
  /** Dollars per night. */
  readonly dollars: number;
  /** Tokens per night for models with an unknown price. */
  readonly tokens: number;
}

const DEFAULT_CAPS: Caps = { dollars: 5, tokens: 1_000_000 };

/** Whether a call is allowed, and how long its answer may be. */
type Permission =
  | {
      readonly allowed: true;
      readonly inputTokens: number;
      readonly answerTokens: number;
      /** The cost in the worst case; null: the price is unknown. */
      readonly dollars: number | null;
    }
  | { readonly allowed: false; readonly words: string };

/** A thinking model needs this many tokens to reach its answer; with fewer the prompt would be wasted. */
const MIN_ANSWER = 4_000;

export class Ledger {
  readonly #bookings: Booking[];
  #caps: Caps;
  #table: PriceTable;
  /** Worst cases of the calls in progress. */
  #held = { dollars: 0, tokens: 0 };

  /** `bookings` are those of the night so far: a reload must not reset the spending. */
  constructor(options: { caps?: Partial<Caps>; table?: PriceTable; bookings?: readonly Booking[] } = {}) {
    this.#caps = { ...DEFAULT_CAPS, ...options.caps };
    this.#table = options.table ?? PRICES;
    this.#bookings = [...(options.bookings ?? [])];
  }

  get bookings(): readonly Booking[] {
    return this.#bookings;
  }
  get caps(): Caps {
    return this.#caps;
  }
  setCaps(caps: Partial<Caps>): void {
    this.#caps = { ...this.#caps, ...caps };
  }
  setTable(table: PriceTable): void {
    this.#table = table;
  }
  price(config: ModelConfig): Price | null {
    return priceOf(config, this.#table);
  }
  /** Begins a new night. The bookings so far are in the caller's store. */
  reset(): void {
    this.#bookings.length = 0;
  }

  /** Checks before a call whether it fits the cap, and how long its answer may be [tokens]. */
  permit(config: ModelConfig, inputTokens: number, answerTokens: number): Permission {
    const price = this.price(config);
    if (price === null) return this.#permitTokens(config, inputTokens, answerTokens);
    const left = this.#caps.dollars - this.total().dollars - this.#held.dollars;
    const prompt = (inputTokens * Math.max(price.input, price.cacheWrite ?? price.input)) / 1e6;
    const affordable = price.output > 0 ? Math.floor(((left - prompt) / price.output) * 1e6) : Infinity;
    const answer = Math.min(answerTokens, affordable);
    if (prompt > left || answer < Math.min(MIN_ANSWER, answerTokens)) {
      return {
        allowed: false,
        words: `the next call may cost $${dollars(prompt + (answerTokens * price.output) / 1e6)}, and $${dollars(Math.max(0, left))} of $${dollars(this.#caps.dollars)} are left`,
      };
    }
    return {
      allowed: true,
      inputTokens,
      answerTokens: answer,
      dollars: prompt + (answer * price.output) / 1e6,
    };
  }

  #permitTokens(config: ModelConfig, inputTokens: number, answerTokens: number): Permission {
    const used = this.#bookings
      .filter((booking) => booking.dollars === null)
      .reduce((sum, booking) => sum + booking.inputTokens + booking.outputTokens, 0);
    const left = this.#caps.tokens - used - this.#held.tokens - inputTokens;
    if (left >= Math.min(MIN_ANSWER, answerTokens)) {
      return { allowed: true, inputTokens, answerTokens: Math.min(answerTokens, left), dollars: null };
    }
    return {
      allowed: false,
      words: `the price of ${researcherName(config)} is not known, and its ${this.#caps.tokens.toLocaleString("en")} tokens are used up: write its price into the table, or raise the cap`,
    };
  }

  /**
   * Reserves a permitted call's worst case until it is booked, so that concurrent calls cannot spend it twice. Returns
   * the function that releases it.
   */
  hold(permission: Permission): () => void {
    if (!permission.allowed) return () => undefined;
    const { dollars: amount, inputTokens, answerTokens } = permission;
    const tokens = amount === null ? inputTokens + answerTokens : 0;
    const move = (sign: 1 | -1) => {
      this.#held = {
        dollars: this.#held.dollars + sign * (amount ?? 0),
        tokens: this.#held.tokens + sign * tokens,
      };
    };
    move(1);
    return () => move(-1);
  }

  /** Books an answered call; counts missing from `usage` come from `estimate`. */
  book(
    config: ModelConfig,
    call: { at: number; experiment: number; usage: Usage; estimate: { input: number; output: number } },
  ): Booking {
    const { usage, estimate } = call;
    const counted = usage.input !== null && usage.output !== null;
    const input = usage.input ?? estimate.input;
    const output = usage.output ?? estimate.output;
    const amount = usage.dollars ?? costOf(this.price(config), { ...usage, input, output });
    return this.#enter(config, {
      at: call.at,
      experiment: call.experiment,
      inputTokens: input,
      outputTokens: output,
      cachedTokens: usage.cacheRead ?? 0,
      dollars: amount,
      certainty: counted ? "billed" : "estimated",
    });
  }

  /** Books a call that failed after it was sent. */
  bookPerhaps(
    config: ModelConfig,
    call: { at: number; experiment: number; input: number; output: number },
  ): Booking {
    const { at, experiment, input, output } = call;
    const amount = costOf(this.price(config), { input, output, cacheRead: null, cacheWrite: null });
    return this.#enter(config, {
      at,
      experiment,
      inputTokens: input,
      outputTokens: output,
      cachedTokens: 0,
      dollars: amount,
      certainty: "perhaps",
    });
  }

  #enter(config: ModelConfig, booking: Omit<Booking, "researcher">): Booking {
    const entry = { ...booking, researcher: researcherName(config) };
    this.#bookings.push(entry);
    return entry;
  }

  /** The sums over all calls, or over those of one experiment. */
  total(experiment?: number): Totals {
    const chosen =
      experiment === undefined ? this.#bookings : this.#bookings.filter((b) => b.experiment === experiment);
    const sum = (value: (booking: Booking) => number) =>
      chosen.reduce((total, booking) => total + value(booking), 0);
    return {
      calls: chosen.length,
      tokens: sum((b) => b.inputTokens + b.outputTokens),
      dollars: sum((b) => b.dollars ?? 0),
      perhaps: sum((b) => (b.certainty === "perhaps" ? (b.dollars ?? 0) : 0)),
      unpriced: chosen.filter((b) => b.dollars === null).length,
    };
  }

  /** Dollars per 0.01 bpb that the models' experiments gained; null without a gain or with an unknown price. */
  perHundredth(gain: number): number | null {
    const { dollars: spent, unpriced } = this.total();
    return gain > 0 && unpriced === 0 ? (spent / gain) * 0.01 : null;
  }
}

/** Cost in dollars; null when the price is unknown. Cached tokens are part of the prompt and are counted once. */
export function costOf(
  price: Price | null,
  usage: { input: number; output: number; cacheRead: number | null; cacheWrite: number | null },
): number | null {
  if (price === null) return null;
  const read = Math.min(usage.cacheRead ?? 0, usage.input);
  const written = Math.min(usage.cacheWrite ?? 0, usage.input - read);
  const plain = usage.input - read - written;
  return (
    (plain * price.input +
      read * (price.cacheRead ?? price.input) +
      written * (price.cacheWrite ?? price.input) +
      usage.output * price.output) /
    1e6
  );
}

const dollars = (amount: number): string => amount.toFixed(amount < 0.1 ? 4 : 2);

// A language model as a researcher like any other. Around the conversation: the key ring, the purse, the failure
// policy and the state of the line. It never throws for long: what time heals makes it rest, what a person must mend
// makes it pause, and both say so at once, so that somebody else can fill the slot.
import { LabError } from "../../error.ts";
import type { Brief, Proposal, Researcher } from "../researcher.ts";
import type { Channel, Delta, Reply, Request, Turn } from "./channel.ts";
import { complete, type ModelConfig, researcherName } from "./config.ts";
import { type Accepted, converse } from "./converse.ts";
import type { Availability, ModelEvent, TranscriptEntry } from "./events.ts";
import { type Failure, failure, failureError, type FailureKind, failureOf, isPermanent } from "./failure.ts";
import type { Facts } from "./facts.ts";
import { defuse } from "./fence.ts";
import { estimateTokens } from "./fit.ts";
import { categorise, KNOWN_CATEGORIES } from "./insight.ts";
import { type KeyRing, scanForKeys, streamRedactor } from "./keys.ts";
import { Ledger } from "./money.ts";
import { type Clock, DEFAULT_POLICY, persist, type Policy } from "./policy.ts";
import { buildPrompt, type Prompt } from "./prompt.ts";
import type { Bench } from "./review.ts";
import { sdkChannel } from "./sdk.ts";
import { DEFAULT_LIMITS, type Limits, watched } from "./watch.ts";

export interface ModelOptions {
  readonly config: ModelConfig;
  readonly keys: KeyRing;
  /** The purse of the night, shared by all models of it. */
  readonly ledger?: Ledger;
  /** What the loop knows beyond the brief. */
  readonly facts?: (brief: Brief) => Facts | Promise<Facts>;
  readonly bench?: Bench;
  readonly onEvent?: (event: ModelEvent) => void;
  /** How to reach the model; absent: the AI SDK over `fetch`. The Prompt API has its own. */
  readonly channel?: Channel;
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  /** Uniform in [0, 1): the jitter of waits. */
  readonly random?: () => number;
  readonly policy?: Policy;
  readonly limits?: Limits;
  /** Calls of one experiment at most. */
  readonly steps?: number;
  /** Experiments without a gain after which the brief turns structural. */
  readonly patience?: number;
}

export interface ModelResearcher extends Researcher {
  readonly config: ModelConfig;
  readonly ledger: Ledger;
  availability(): Availability;
  /** After a person mended what paused it. */
  resume(): void;
}

const REPAIRS = 2;
/** Experiments in a row that end so before asking on is a waste: one odd request must not cost the night. */
const ENOUGH: Partial<Record<FailureKind, number>> = { refusal: 3, request: 2 };
const FIRST_REST = 30_000; // ms, doubled with each failed experiment in a row
const LONGEST_REST = 900_000;
/** Smaller than this, a prompt holds no train.ts. */
const SMALLEST_PROMPT = 1_500;

export function modelResearcher(options: ModelOptions): ModelResearcher {
  return new Model(options);
}

class Model implements ModelResearcher {
  readonly name: string;
  readonly free = false;
  readonly config: ModelConfig;
  readonly ledger: Ledger;
  readonly #options: ModelOptions;
  readonly #clock: Clock;
  readonly #channel: Channel;
  #availability: Availability = { state: "ready" };
  #tools: boolean;
  #promptTokens: number;
  #failures = 0;
  /** How far the provider's count may exceed our estimate of a prompt: what the cap must reckon with. */
  #margin = 1.25;
  /** The kind of the last failure, and how often in a row. */
  #last: { kind: FailureKind; times: number } | null = null;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.config = options.config;
    this.name = researcherName(options.config);
    this.ledger = options.ledger ?? new Ledger();
    this.#clock = options.clock ?? systemClock;
    const { config, keys, fetch } = options;
    const now = () => this.#clock.now();
    const channel = options.channel ?? sdkChannel(config, { keys, now, ...(fetch ? { fetch } : {}) });
    this.#channel = watched(channel, this.#clock, options.limits ?? DEFAULT_LIMITS);
    this.#tools = channel.tools;
    this.#promptTokens = complete(config).promptTokens;
  }

  availability(): Availability {
    const rested = this.#availability.state === "resting" && this.#availability.until <= this.#clock.now();
    return rested ? { state: "ready" } : this.#availability;
  }

  resume(): void {
    this.#failures = 0;
    this.#last = null;
    this.#become({ state: "ready" });
  }

  async propose(brief: Brief, signal: AbortSignal): Promise<Proposal> {
    if (signal.aborted) throw new LabError("cancelled", "the proposal is no longer wanted");
    this.#mustBeReady();
    const transcript: TranscriptEntry[] = [];
    try {
      const facts = (await this.#options.facts?.(brief)) ?? {};
      const accepted = await this.#ask(brief, facts, transcript, signal);
      this.#failures = 0;
      this.#last = null;
      this.#become({ state: "ready" });
      return this.#proposal(brief, accepted);
    } catch (error) {
      const f = failureOf(error);
      if (f && f.kind !== "cancelled" && !signal.aborted) this.#withdraw(f);
      throw error;
    } finally {
      this.#emit({
        type: "transcript",
        experiment: brief.number,
        researcher: this.name,
        entries: transcript,
      });
    }
  }

  /** Throws what `propose` would only find out later. */
  #mustBeReady(): void {
    const now = this.availability();
    if (now.state === "paused")
      throw failureError(failure("request", `${this.name} is paused: ${now.words}`));
    if (now.state === "resting") {
      const wait = now.until - this.#clock.now();
      throw failureError(failure("server", `${this.name} rests: ${now.words}`, { retryAfter: wait }));
    }
  }

  /** A conversation, begun again with a smaller prompt or without tools where the model cannot take it. */
  async #ask(
    brief: Brief,
    facts: Facts,
    transcript: TranscriptEntry[],
    signal: AbortSignal,
  ): Promise<Accepted> {
    for (;;) {
      const prompt = this.#prompt(brief, facts);
      try {
        return await this.#converse(brief, facts, prompt, transcript, signal);
      } catch (error) {
        const f = failureOf(error);
        if (f?.kind === "tools" && this.#tools) {
          this.#tools = false;
          this.#notice("info", `${this.name} does not call tools; it is asked for a single answer instead.`);
        } else if (f?.kind === "context" && prompt.tokens > SMALLEST_PROMPT) {
          this.#promptTokens = Math.max(
            SMALLEST_PROMPT,
            Math.floor(Math.min(prompt.tokens, this.#promptTokens) * 0.6),
          );
          this.#notice(
            "warning",
            `The prompt was too long for ${this.name} and is cut to about ${String(this.#promptTokens)} tokens.`,
          );
        } else throw error;
      }
    }
  }

  #prompt(brief: Brief, facts: Facts): Prompt {
    const { patience } = this.#options;
    const prompt = buildPrompt(brief, {
      ...{ facts, budget: this.#promptTokens, tools: this.#tools, money: this.#moneyLeft() },
      ...(patience === undefined ? {} : { patience }),
    });
    if (prompt.fits) return prompt;
    throw failureError(
      failure(
        "request",
        `program.md and train.ts alone need ${String(prompt.tokens)} tokens, and ${this.name} reads ${String(this.#promptTokens)}: shorten program.md or choose a model with a longer context`,
      ),
    );
  }

  async #converse(
    brief: Brief,
    facts: Facts,
    prompt: Prompt,
    transcript: TranscriptEntry[],
    signal: AbortSignal,
  ): Promise<Accepted> {
    const experiment = brief.number;
    const redact = (text: string) => this.#options.keys.redact(text);
    const system = redact(prompt.system);
    const text = redact(prompt.user);
    if (text !== prompt.user)
      this.#notice("warning", "Something that looks like a key was taken out of the prompt.");
    const { tokens, dropped } = prompt;
    this.#emit({ type: "prompt", experiment, system, text, tokens, dropped });
    transcript.push({ role: "system", text: system });
    let told = 0;
    return converse(
      {
        ...{ brief, facts, prompt: { ...prompt, system, user: text }, bench: this.#options.bench ?? {} },
        ...{ tools: this.#tools, steps: this.#options.steps ?? 16 },
        repairs: Math.max(0, REPAIRS - brief.rejected.length),
        call: async (request) => {
          const turns = request.turns.map((turn) => redactTurn(turn, redact));
          transcript.push(...turns.slice(told).flatMap(entriesOf));
          const reply = await this.#call(experiment, { ...request, turns }, signal);
          transcript.push(...redacted(entriesOf({ role: "model", reply }), redact));
          told = turns.length + 1;
          return reply;
        },
        onTool: (name, input, output) => {
          this.#emit({ type: "tool", experiment, name, input: redact(input), output: redact(output) });
        },
        onSentBack: (words, left) =>
          this.#emit({ type: "sent-back", experiment, words: redact(words), left }),
      },
      signal,
    );
  }

  /** One request, with patience: permitted before every attempt, booked after it. */
  #call(experiment: number, request: Omit<Request, "answerTokens">, signal: AbortSignal): Promise<Reply> {
    const { random = Math.random, policy = DEFAULT_POLICY } = this.#options;
    return persist(
      () => this.#attempt(experiment, request, signal),
      {
        ...{ policy, clock: this.#clock, random },
        onWait: ({ words }, ms) => this.#emit({ type: "wait", experiment, words, ms }),
        reachable: (stop) => this.#channel.reachable(stop),
      },
      signal,
    );
  }

  async #attempt(
    experiment: number,
    request: Omit<Request, "answerTokens">,
    signal: AbortSignal,
  ): Promise<Reply> {
    const input = estimateRequest(request);
    const worst = Math.ceil(input * this.#margin);
    const permission = this.ledger.permit(this.config, worst, complete(this.config).answerTokens);
    if (!permission.allowed) throw failureError(failure("budget", permission.words));
    const deltas = new Deltas(this.#options.keys, (kind, text) =>
      this.#emit({ type: "text", experiment, kind, text }),
    );
    let reply: Reply;
    try {
      const asked = { ...request, answerTokens: permission.answerTokens };
      reply = await this.#channel.call(asked, (delta) => deltas.add(delta), signal);
      deltas.end();
    } catch (error) {
      const f = failureOf(error);
      if (f?.charged) {
        const output = Math.ceil(f.received / 3);
        const at = this.#clock.now();
        const booking = this.ledger.bookPerhaps(this.config, { at, experiment, input, output });
        this.#emit({ type: "call", experiment, booking, totals: this.ledger.total() });
      }
      throw error;
    }
    this.#book(experiment, reply, input);
    return this.#sound(reply);
  }

  #book(experiment: number, reply: Reply, input: number): void {
    const output = estimateTokens(reply.text + JSON.stringify(reply.toolCalls));
    const estimate = { input, output };
    const at = this.#clock.now();
    const booking = this.ledger.book(this.config, { at, experiment, usage: reply.usage, estimate });
    this.#emit({ type: "call", experiment, booking, totals: this.ledger.total() });
    const read = reply.usage.input;
    if (read !== null) this.#margin = Math.max(this.#margin, read / input);
    // Ollama and others cut a long prompt without a word; what they count is what they read.
    if (
      this.config.provider === "compatible" &&
      read !== null &&
      read > 0 &&
      input > 3_000 &&
      read < input / 2
    ) {
      this.#promptTokens = Math.max(SMALLEST_PROMPT, Math.floor(read * 0.8));
      this.#notice(
        "warning",
        `${this.name} read ${String(read)} tokens of about ${String(input)}: its server cuts prompts. Give it a longer context (Ollama: OLLAMA_CONTEXT_LENGTH); until then prompts are cut to ${String(this.#promptTokens)}.`,
      );
    }
  }

  /** The reply, unless there is nothing in it. It has been booked: nothing here is free. */
  #sound(reply: Reply): Reply {
    if (reply.finish === "refusal") {
      const words =
        reply.text.trim() === "" ? "the model refused" : `the model refused: ${reply.text.slice(0, 200)}`;
      throw failureError(failure("refusal", this.#options.keys.redact(words)));
    }
    if (reply.text.trim() !== "" || reply.toolCalls.length > 0) return reply;
    const thought = reply.finish === "length" ? "; its thoughts used up the answer's tokens" : "";
    throw failureError(failure("empty", `the model answered nothing${thought}`));
  }

  #proposal(brief: Brief, { submission, source }: Accepted): Proposal {
    if (scanForKeys(source, this.#options.keys).length > 0) {
      throw new LabError("proposal", "the proposed train.ts holds something that looks like a key");
    }
    const clean = (text: string) => defuse(this.#options.keys.redact(text)).trim().slice(0, 1_000);
    const named = submission.category?.toLowerCase() ?? "";
    const category = KNOWN_CATEGORIES.includes(named) ? named : categorise(brief.source, source);
    return {
      ...{ hypothesis: clean(submission.hypothesis), source, category, researcher: this.name },
      ...(submission.expected === null ? {} : { expected: clean(submission.expected) }),
      ...(submission.falsify === null ? {} : { falsify: clean(submission.falsify) }),
    };
  }

  #withdraw(f: Failure): void {
    this.#failures += 1;
    const times = this.#last?.kind === f.kind ? this.#last.times + 1 : 1;
    this.#last = { kind: f.kind, times };
    const enough = ENOUGH[f.kind] ?? (isPermanent(f) ? 1 : Infinity);
    if (times >= enough) {
      this.#become({ state: "paused", words: f.words });
      this.#notice("error", `${this.name} is paused: ${f.words}`);
      return;
    }
    const rest = Math.min(LONGEST_REST, FIRST_REST * 2 ** (this.#failures - 1));
    const until = this.#clock.now() + Math.max(rest, f.retryAfter ?? 0);
    this.#become({ state: "resting", until, words: f.words });
  }

  #become(availability: Availability): void {
    if (availability.state === "ready" && this.#availability.state === "ready") return;
    this.#availability = availability;
    this.#emit({ type: "availability", researcher: this.name, availability });
  }

  #moneyLeft(): string {
    if (this.ledger.price(this.config) === null) return "";
    const left = Math.max(0, this.ledger.caps.dollars - this.ledger.total().dollars);
    return `$${left.toFixed(2)} for language models`;
  }

  #notice(level: "info" | "warning" | "error", words: string): void {
    this.#emit({ type: "notice", level, words: this.#options.keys.redact(words) });
  }

  #emit(event: ModelEvent): void {
    this.#options.onEvent?.(event);
  }
}

/** Passes an answer on as it is written, kind by kind, without keys. */
class Deltas {
  readonly #keys: KeyRing;
  readonly #emit: (kind: Delta["kind"], text: string) => void;
  #kind: Delta["kind"] = "text";
  #redact: (piece: string | null) => string;

  constructor(keys: KeyRing, emit: (kind: Delta["kind"], text: string) => void) {
    this.#keys = keys;
    this.#emit = emit;
    this.#redact = streamRedactor(keys);
  }
  add({ kind, text }: Delta): void {
    if (kind !== this.#kind) this.end();
    this.#kind = kind;
    this.#pass(this.#redact(text));
  }
  end(): void {
    this.#pass(this.#redact(null));
    this.#redact = streamRedactor(this.#keys);
  }
  #pass(text: string): void {
    if (text !== "") this.#emit(this.#kind, text);
  }
}

function redactTurn(turn: Turn, redact: (text: string) => string): Turn {
  if (turn.role === "user") return { ...turn, text: redact(turn.text) };
  if (turn.role === "model") return turn;
  return { ...turn, answers: turn.answers.map((answer) => ({ ...answer, text: redact(answer.text) })) };
}

const redacted = (entries: TranscriptEntry[], redact: (text: string) => string): TranscriptEntry[] =>
  entries.map((entry) => ({ ...entry, text: redact(entry.text) }));

function entriesOf(turn: Turn): TranscriptEntry[] {
  if (turn.role === "user") return [{ role: "user", text: turn.text }];
  if (turn.role === "tools") {
    return turn.answers.map(({ name, text }) => ({ role: "tool", text: `${name}: ${text}` }));
  }
  const calls = turn.reply.toolCalls.map(({ name, input }) => `${name} ${JSON.stringify(input)}`);
  return [{ role: "model", text: [turn.reply.text, ...calls].filter((part) => part !== "").join("\n") }];
}

function estimateRequest({ system, turns, tools }: Omit<Request, "answerTokens">): number {
  const text = turns.flatMap(entriesOf).map((entry) => entry.text);
  return estimateTokens([system, ...text, tools.length > 0 ? JSON.stringify(tools) : ""].join("\n"));
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done);
    }),
};

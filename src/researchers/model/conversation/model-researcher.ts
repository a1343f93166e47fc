// A language model as a researcher. It adds to the conversation keys, budget, the failure policy and the
// model's availability. After a temporary failure it rests, after one that a person must fix it pauses; both are
// reported at once, so that another researcher can fill the slot.
import { LabError } from "../../../error.ts";
import { type Brief, type Proposal, REPAIRS, type Researcher } from "../../researcher.ts";
import type { Channel } from "../wire/channel.ts";
import { type Clock, systemClock } from "../wire/clock.ts";
import { Capabilities } from "../keys/capabilities.ts";
import { isLocal, type ModelConfig, researcherName } from "../keys/config.ts";
import { type Accepted, converse } from "./converse.ts";
import type { Availability, ModelEvent, TranscriptEntry } from "./events.ts";
import {
  type Failure,
  failure,
  failureError,
  type FailureKind,
  failureOf,
  isPermanent,
} from "../wire/failure.ts";
import type { Facts } from "../material/facts.ts";
import { defuse } from "../material/quote-untrusted.ts";
import { categorise, KNOWN_CATEGORIES } from "../material/insight.ts";
import { type KeyRing, scanForKeys } from "../keys/keys.ts";
import { Lessons } from "./lessons.ts";
import { MeteredCall } from "./metered-call.ts";
import { Ledger } from "../keys/money.ts";
import { DEFAULT_POLICY, type RetryPolicy } from "../wire/retry-policy.ts";
import { buildPrompt, type Prompt } from "../prompt/prompt.ts";
import type { Checks } from "./review.ts";
import { estimateTokens } from "../material/fit-prompt.ts";
import { sdkChannel } from "../wire/sdk.ts";
import { TOOLS } from "./tools.ts";
import { entriesOf, redactTurn } from "./turns.ts";
import { DEFAULT_LIMITS, type Limits, LOCAL_LIMITS, watched } from "../wire/stream-watchdog.ts";

export interface ModelOptions {
  readonly config: ModelConfig;
  readonly keys: KeyRing;
  /** The night's ledger, shared by all its models. */
  readonly ledger?: Ledger;
  /** The known capabilities of servers and models, shared by all models. */
  readonly capabilities?: Capabilities;
  /** The loop's additional facts beside the brief. */
  readonly facts?: (brief: Brief) => Facts | Promise<Facts>;
  readonly bench?: Checks;
  readonly onEvent?: (event: ModelEvent) => void;
  /** The connection to the model; absent: the AI SDK over `fetch`. The Prompt API has its own channel. */
  readonly channel?: Channel;
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  /** Uniform in [0, 1): the jitter of waits. */
  readonly random?: () => number;
  readonly policy?: RetryPolicy;
  readonly limits?: Limits;
  /** Maximum number of calls for one experiment. */
  readonly steps?: number;
  /** Experiments without a gain after which the prompt asks for structural changes. */
  readonly patience?: number;
}

export interface ModelResearcher extends Researcher {
  readonly config: ModelConfig;
  readonly ledger: Ledger;
  availability(): Availability;
  /** Resumes after a person fixed the cause of a pause. */
  resume(): void;
}

/**
 * Number of consecutive experiments with this failure after which the model pauses: one odd request must not cost the
 * night.
 */
const ENOUGH: Partial<Record<FailureKind, number>> = { refusal: 3, request: 2 };
const FIRST_REST = 30_000; // ms, doubled with each failed experiment in a row
const MAX_REST = 900_000;

/** The failure when even the shortest prompt is too long, with the sizes of its parts. */
function tooLong(name: string, brief: Brief, prompt: Prompt, why: string): Failure {
  const parts = [
    ["train.ts", brief.source],
    ["program.md", brief.program],
    ["the rules", prompt.system],
  ] as const;
  const sizes = parts
    .map(([part, text]) => [part, estimateTokens(text)] as const)
    .sort((a, b) => b[1] - a[1]);
  const list = sizes.map(([part, tokens]) => `${part} ${tokens}`).join(", ");
  const hint = sizes[0]?.[0] === "program.md" ? "shorten program.md" : "give the model a longer context";
  return failure(
    "request",
    `the shortest prompt has ${prompt.tokens} tokens, too many for ${name} (${why}): ${list}; ${hint}`,
  );
}

const TOOL_TOKENS = estimateTokens(JSON.stringify(TOOLS));

/** Whether the model called `submit`. */
const hasSubmitted = (transcript: readonly TranscriptEntry[]): boolean =>
  transcript.some(({ role, text }) => role === "model" && /^submit \{/m.test(text));

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
  readonly #meter: MeteredCall;
  #availability: Availability = { state: "ready" };
  readonly #lessons: Lessons;
  #failures = 0;
  /** The kind of the last failure, and its count in a row. */
  #last: { kind: FailureKind; times: number } | null = null;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.config = options.config;
    this.name = researcherName(options.config);
    this.ledger = options.ledger ?? new Ledger();
    this.#clock = options.clock ?? systemClock;
    const { config, keys, fetch } = options;
    const now = () => this.#clock.now();
    const capabilities = options.capabilities ?? new Capabilities();
    this.#lessons = new Lessons(config, capabilities, (level, words) => this.#notice(level, words));
    const abilities = () => this.#lessons.can;
    const channel =
      options.channel ?? sdkChannel(config, { keys, now, abilities, ...(fetch ? { fetch } : {}) });
    const limits = options.limits ?? (isLocal(config) ? LOCAL_LIMITS : DEFAULT_LIMITS);
    this.#meter = new MeteredCall({
      config,
      keys,
      ledger: this.ledger,
      clock: this.#clock,
      random: options.random ?? Math.random,
      channel: watched(channel, this.#clock, limits),
      policy: options.policy ?? DEFAULT_POLICY,
      answerTokens: () => this.#lessons.can.answerTokens,
      onEvent: (event) => this.#emit(event),
      onRead: (sent, read) => this.#lessons.read(sent, read),
    });
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
      this.#lessons.worked();
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

  /** Fails early when the model is paused or resting. */
  #mustBeReady(): void {
    const now = this.availability();
    if (now.state === "paused")
      throw failureError(failure("request", `${this.name} is paused: ${now.words}`));
    if (now.state === "resting") {
      const wait = now.until - this.#clock.now();
      throw failureError(failure("server", `${this.name} rests: ${now.words}`, { retryAfter: wait }));
    }
  }

  /**
   * Runs a conversation, and starts it again with a changed request after a failure that taught the lab how to change
   * it.
   */
  async #ask(
    brief: Brief,
    facts: Facts,
    transcript: TranscriptEntry[],
    signal: AbortSignal,
  ): Promise<Accepted> {
    this.#lessons.begin();
    for (;;) {
      const prompt = this.#prompt(brief, facts);
      const { tools } = prompt;
      try {
        return await this.#converse(brief, facts, prompt, transcript, signal);
      } catch (error) {
        const f = failureOf(error);
        if (tools && error instanceof LabError && error.code === "proposal" && !hasSubmitted(transcript))
          this.#lessons.toolsFailed(error.message);
        if (f?.kind === "context" && !prompt.fits)
          throw failureError(tooLong(this.name, brief, prompt, f.words));
        if (!f || !this.#lessons.learn(f, prompt.tokens)) throw error;
      }
    }
  }

  /** Builds the prompt: with tools if they leave enough room, in the shortest form if nothing else fits. */
  #prompt(brief: Brief, facts: Facts): Prompt & { tools: boolean } {
    const patience = brief.patience ?? this.#options.patience;
    const { can, promptTokens: budget } = this.#lessons;
    const build = (tools: boolean) => ({
      tools,
      ...buildPrompt(brief, {
        self: this.name,
        facts,
        budget,
        tools,
        beside: tools ? TOOL_TOKENS : 0,
        money: this.#moneyLeft(),
        ...(patience === undefined ? {} : { patience }),
      }),
    });
    const whole = build(can.tools);
    const prompt = whole.fits || !can.tools ? whole : build(false);
    // Send it all the same if the context is unknown (0) or the estimate barely exceeds it: only the server counts
    // exactly.
    if (prompt.fits || can.context === 0 || prompt.tokens <= budget * 1.12) return prompt;
    throw failureError(tooLong(this.name, brief, prompt, `it reads ${budget}`));
  }

  async #converse(
    brief: Brief,
    facts: Facts,
    prompt: Prompt & { tools: boolean },
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
    let logged = 0;
    return converse(
      {
        brief,
        facts,
        prompt: { ...prompt, system, user: text },
        bench: this.#options.bench ?? {},
        tools: prompt.tools,
        steps: this.#options.steps ?? 16,
        repairs: Math.max(0, REPAIRS - brief.rejected.length),
        call: async (request) => {
          const turns = request.turns.map((turn) => redactTurn(turn, redact));
          transcript.push(...turns.slice(logged).flatMap(entriesOf));
          const reply = await this.#meter.call(experiment, { ...request, turns }, signal);
          this.#lessons.answered();
          transcript.push(
            ...entriesOf({ role: "model", reply }).map((e) => ({ ...e, text: redact(e.text) })),
          );
          logged = turns.length + 1;
          return reply;
        },
        onTool: (name, input, output) => {
          this.#emit({ type: "tool", experiment, name, input: redact(input), output: redact(output) });
        },
        promptWasCut: () => this.#lessons.promptWasCut,
        onThoughtsCutOff: () => this.#lessons.thoughtsCutOff(),
        onSentBack: (words, left) =>
          this.#emit({ type: "sent-back", experiment, words: redact(words), left }),
      },
      signal,
    );
  }

  #proposal(brief: Brief, { submission, source, repairs }: Accepted): Proposal {
    if (scanForKeys(source, this.#options.keys).length > 0) {
      throw new LabError("proposal", "the proposed train.ts holds something that looks like a key");
    }
    const clean = (text: string) => defuse(this.#options.keys.redact(text)).trim().slice(0, 1_000);
    const named = submission.category?.toLowerCase() ?? "";
    const { base } = submission;
    const forked = base !== null && base !== (brief.incumbent?.number ?? base);
    const category = KNOWN_CATEGORIES.includes(named) ? named : categorise(brief.source, source);
    return {
      hypothesis: clean(submission.hypothesis),
      source,
      category,
      researcher: this.name,
      ...(forked ? { base } : {}),
      ...(repairs > 0 ? { repairs } : {}),
      ...(submission.expected === null ? {} : { expected: clean(submission.expected) }),
      ...(submission.falsify === null ? {} : { falsify: clean(submission.falsify) }),
    };
  }

  #withdraw(given: Failure): void {
    // No changed request can avoid this lack, so it counts as a refused request.
    const f: Failure = given.kind === "lack" ? { ...given, kind: "request" } : given;
    this.#failures += 1;
    const times = this.#last?.kind === f.kind ? this.#last.times + 1 : 1;
    this.#last = { kind: f.kind, times };
    const enough = ENOUGH[f.kind] ?? (isPermanent(f) ? 1 : Infinity);
    if (times >= enough) {
      this.#become({ state: "paused", words: f.words });
      this.#notice("error", `${this.name} is paused: ${f.words}`);
      return;
    }
    const rest = Math.min(MAX_REST, FIRST_REST * 2 ** (this.#failures - 1));
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

// One metered request to a model: checked against the budget before every attempt, streamed, booked afterwards, and
// retried by the policy. Every request to a provider passes through here.
import type { Channel, Delta, Reply, Request } from "../wire/channel.ts";
import type { Clock } from "../wire/clock.ts";
import type { ModelConfig } from "../keys/config.ts";
import type { ModelEvent } from "./events.ts";
import { failure, failureError, failureOf } from "../wire/failure.ts";
import { estimateTokens } from "../material/fit-prompt.ts";
import { type KeyRing, streamRedactor } from "../keys/keys.ts";
import type { Booking, Ledger } from "../keys/money.ts";
import { persist, type RetryPolicy } from "../wire/retry-policy.ts";
import { estimateRequest } from "./turns.ts";

interface MeteredCallOptions {
  readonly config: ModelConfig;
  readonly keys: KeyRing;
  readonly ledger: Ledger;
  readonly channel: Channel;
  readonly clock: Clock;
  readonly random: () => number;
  readonly policy: RetryPolicy;
  /** The longest answer allowed now [tokens]. */
  answerTokens(): number;
  onEvent(event: ModelEvent): void;
  /** Reports the length of a prompt: our estimate, and the provider's count [tokens]. */
  onRead(sent: number, read: number): void;
}

/** From this length on a server with a small context may have cut off the end of a prompt [tokens]. */
const LONG = 3_500;

type Asked = Omit<Request, "answerTokens">;

export class MeteredCall {
  readonly #options: MeteredCallOptions;
  /** Factor by which the provider's count may exceed our estimate of a prompt; the spending cap allows for it. */
  #margin = 1.25;

  constructor(options: MeteredCallOptions) {
    this.#options = options;
  }

  /** Returns the reply. Throws LabError `provider` with a Failure as its cause. */
  call(experiment: number, request: Asked, signal: AbortSignal): Promise<Reply> {
    const { policy, clock, random, channel, onEvent } = this.#options;
    return persist(
      () => this.#attempt(experiment, request, signal),
      {
        policy,
        clock,
        random,
        onWait: ({ words }, ms) => onEvent({ type: "wait", experiment, words, ms }),
        reachable: (stop) => channel.reachable(stop),
      },
      signal,
    );
  }

  async #attempt(experiment: number, request: Asked, signal: AbortSignal): Promise<Reply> {
    const { config, ledger, keys, channel, onEvent } = this.#options;
    const input = estimateRequest(request);
    const worst = Math.ceil(input * this.#margin);
    const permission = ledger.permit(config, worst, this.#options.answerTokens());
    if (!permission.allowed) throw failureError(failure("budget", permission.words));
    const release = ledger.hold(permission);
    const deltas = new Deltas(keys, (kind, text) => onEvent({ type: "text", experiment, kind, text }));
    try {
      const asked = { ...request, answerTokens: permission.answerTokens };
      const reply = await channel.call(asked, (delta) => deltas.add(delta), signal);
      deltas.end();
      this.#book(experiment, reply, input);
      return this.#sound(reply, input);
    } catch (error) {
      const f = failureOf(error);
      if (f?.charged) this.#bookPerhaps(experiment, input, Math.ceil(f.received / 3));
      throw error;
    } finally {
      release();
    }
  }

  #book(experiment: number, reply: Reply, input: number): void {
    const { config, ledger, clock, onRead } = this.#options;
    const output = estimateTokens(reply.text + JSON.stringify(reply.toolCalls));
    const call = { at: clock.now(), experiment, usage: reply.usage, estimate: { input, output } };
    this.#tell(experiment, ledger.book(config, call));
    const read = reply.usage.input;
    if (read === null) return;
    this.#margin = Math.max(this.#margin, read / input);
    onRead(input, read);
  }

  #bookPerhaps(experiment: number, input: number, output: number): void {
    const { config, ledger, clock } = this.#options;
    this.#tell(experiment, ledger.bookPerhaps(config, { at: clock.now(), experiment, input, output }));
  }

  #tell(experiment: number, booking: Booking): void {
    const { ledger, onEvent } = this.#options;
    onEvent({ type: "call", experiment, booking, totals: ledger.total() });
  }

  /** Returns the reply if it has content, else throws. It has been booked already: empty replies cost money too. */
  #sound(reply: Reply, input: number): Reply {
    const text = reply.text.trim();
    if (reply.finish === "refusal") {
      const words = text === "" ? "the model refused" : `the model refused: ${text.slice(0, 200)}`;
      throw failureError(failure("refusal", this.#options.keys.redact(words)));
    }
    if (text !== "" || reply.toolCalls.length > 0) return reply;
    if (reply.finish === "length") {
      const words = "the model answered nothing; its thoughts used up the answer's tokens";
      throw failureError(failure("thoughts", words));
    }
    // A server that cuts prompts cuts off the question at the end, so that the model has nothing to answer.
    if (input > LONG) throw failureError(failure("context", "the model answered nothing to a long prompt"));
    throw failureError(failure("empty", "the model answered nothing"));
  }
}

type Said = Exclude<Delta["kind"], "alive">;

/** Passes an answer on as it arrives, split by kind, with keys redacted. */
class Deltas {
  readonly #keys: KeyRing;
  readonly #emit: (kind: Said, text: string) => void;
  #kind: Said = "text";
  #redact: (piece: string | null) => string;

  constructor(keys: KeyRing, emit: (kind: Said, text: string) => void) {
    this.#keys = keys;
    this.#emit = emit;
    this.#redact = streamRedactor(keys);
  }
  add({ kind, text }: Delta): void {
    if (kind === "alive") return;
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

// A watchdog for one streaming call: it ends answers that never begin, stop in the middle, repeat themselves or never
// end. A provider that hangs must cost the lab a few minutes, not the night.
import type { Channel, Delta, Reply, Request } from "./channel.ts";
import type { Clock } from "./clock.ts";
import { failure, failureError, type FailureKind } from "./failure.ts";

export interface Limits {
  /** The longest silence allowed [ms]: models think for minutes before the first word. */
  readonly silence: number;
  /** The longest time for one answer from its first word, and also for the time until that word [ms]. */
  readonly total: number;
  /** An answer counts as endless above this many characters per token of its limit. */
  readonly charactersPerToken: number;
}

export const DEFAULT_LIMITS: Limits = { silence: 180_000, total: 900_000, charactersPerToken: 12 };
/** A machine without a fast GPU reads a prompt in silence for minutes, and its time costs nothing. */
export const LOCAL_LIMITS: Limits = { ...DEFAULT_LIMITS, silence: 600_000, total: 1_800_000 };

/** Adds the watchdog to `channel`; it throws failures as `provider` errors that may have been charged. */
export function watched(channel: Channel, clock: Clock, limits: Limits = DEFAULT_LIMITS): Channel {
  return {
    tools: channel.tools,
    reachable: (signal) => channel.reachable(signal),
    call: (request, onDelta, signal) => watchCall(channel, request, onDelta, signal, clock, limits),
  };
}

async function watchCall(
  channel: Channel,
  request: Request,
  onDelta: (delta: Delta) => void,
  signal: AbortSignal,
  clock: Clock,
  limits: Limits,
): Promise<Reply> {
  const end = new AbortController();
  const finished = new AbortController();
  const ended: { kind: FailureKind; words: string }[] = [];
  const stop = (kind: FailureKind, words: string) => {
    if (ended.length === 0) ended.push({ kind, words });
    end.abort();
  };
  let began = clock.now();
  let heard = began;
  let speaks = false;
  let received = 0;
  const tail = new Tail();
  const guard = async () => {
    while (!finished.signal.aborted) {
      const now = clock.now();
      const left = Math.min(heard + limits.silence - now, began + limits.total - now);
      if (left <= 0) {
        stop(
          "timeout",
          `the model was silent or slow for ${Math.round((now - heard || now - began) / 1000)} s`,
        );
        return;
      }
      await clock.sleep(left, finished.signal);
    }
  };
  const forward = () => end.abort();
  signal.addEventListener("abort", forward, { once: true });
  if (signal.aborted) forward();
  const guarding = guard();
  try {
    const answer = channel.call(
      request,
      (delta) => {
        heard = clock.now();
        received += delta.text.length;
        if (end.signal.aborted || delta.kind === "alive") return;
        // Reading a long prompt takes time; the time of the answer starts with its first word.
        if (!speaks) began = heard;
        speaks = true;
        onDelta(delta);
        if (received > request.answerTokens * limits.charactersPerToken) {
          stop("endless", `the answer had not ended after ${received} characters`);
        } else if (tail.circles(delta.text)) stop("endless", "the answer went round in circles");
      },
      end.signal,
    );
    // The channel may ignore its signal: stop waiting for it then.
    return await Promise.race([answer, aborted(end.signal)]);
  } catch (error) {
    const [first] = ended;
    if (signal.aborted) {
      throw failureError(
        failure("cancelled", "the proposal is no longer wanted", { charged: true, received }),
      );
    }
    if (first) throw failureError(failure(first.kind, first.words, { charged: true, received }));
    throw error;
  } finally {
    finished.abort();
    signal.removeEventListener("abort", forward);
    await guarding;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const reason = () => reject(failureError(failure("cancelled", "the call was ended")));
    if (signal.aborted) reason();
    else signal.addEventListener("abort", reason, { once: true });
  });
}

const TAIL = 6_000;
const UNIT = 120;
const REPEATS = 16;

/** The end of the answer. `circles` tells whether it repeats its last 120 characters (16 times in the last 6,000). */
class Tail {
  #text = "";
  #unseen = 0;

  circles(more: string): boolean {
    this.#text = (this.#text + more).slice(-TAIL);
    this.#unseen += more.length;
    if (this.#text.length < TAIL || this.#unseen < UNIT) return false;
    this.#unseen = 0;
    const unit = this.#text.slice(-UNIT);
    return this.#text.split(unit).length - 1 >= REPEATS;
  }
}

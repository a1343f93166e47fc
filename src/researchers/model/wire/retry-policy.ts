// When failed calls are repeated, after which wait, and when the lab gives up. One policy for all providers, with
// injected time and randomness; the SDK's own retries are off, because they ignore lost connections, broken streams and
// the cost.
import type { Clock } from "./clock.ts";
import { type Failure, failure, failureError, failureOf, isPermanent } from "./failure.ts";

export interface RetryPolicy {
  /** Maximum number of calls. */
  readonly attempts: number;
  /** First wait, doubled with each further failure [ms]. */
  readonly firstWait: number;
  readonly longestWait: number;
  /** Maximum sum of the waits of one call [ms]; with a longer wait the call fails and the model rests. */
  readonly patience: number;
}

export const DEFAULT_POLICY: RetryPolicy = {
  attempts: 5,
  firstWait: 1_000,
  longestWait: 60_000,
  patience: 45_000,
};

/** Failures of the answer, not of the connection: one retry may help, more do not. */
const ONCE: ReadonlySet<string> = new Set(["refusal", "empty", "endless", "timeout"]);
/** These need a changed request, not a retry. */
const RETHINK: ReadonlySet<string> = new Set(["context", "lack", "thoughts", "cancelled"]);

/** Whether a server repeats a specific error in the same words: a third try would fail too. */
const stubborn = (f: Failure, before: Failure | null): boolean =>
  f.kind === "server" &&
  f.words === before?.words &&
  f.words.includes("): ") &&
  !/overload|unavailable|busy|internal|temporar|try again|timeout|gateway/i.test(f.words);

interface Persistence {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Called after every failure that is followed by a wait. */
  onWait(failure: Failure, wait: number): void;
  /** Asks a free question to see whether the server answers: after a lost connection, before a request that costs. */
  reachable(signal: AbortSignal): Promise<boolean>;
}

/** The next wait [ms]: a little more than the server asked for, else exponential with full jitter. */
export function waitFor(
  { policy, random }: Pick<Persistence, "policy" | "random">,
  f: Failure,
  failures: number,
): number {
  // Never sooner than requested; spread, so that several labs with one key do not retry at once.
  if (f.retryAfter !== null) return f.retryAfter + random() * 1_000;
  const ceiling = Math.min(policy.longestWait, policy.firstWait * 2 ** (failures - 1));
  return ceiling * (0.5 + 0.5 * random());
}

/**
 * Repeats `call` until it succeeds. Throws LabError `provider` with the Failure as its cause: at once when it is
 * permanent or needs a changed request, else when attempts or patience are used up; its `retryAfter` is then the time
 * to wait before another call [ms].
 */
export async function persist<T>(call: () => Promise<T>, how: Persistence, signal: AbortSignal): Promise<T> {
  const { policy, clock } = how;
  let waited = 0;
  let before: Failure | null = null;
  for (let failures = 1; ; failures++) {
    try {
      return await call();
    } catch (error) {
      const f = failureOf(error);
      if (!f || signal.aborted || isPermanent(f) || RETHINK.has(f.kind)) throw error;
      const wait = waitFor(how, f, failures);
      const last = failures >= (ONCE.has(f.kind) ? 2 : policy.attempts) || stubborn(f, before);
      before = f;
      if (last || waited + wait > policy.patience)
        throw failureError({ ...f, retryAfter: Math.max(wait, f.retryAfter ?? 0) });
      how.onWait(f, wait);
      waited += wait;
      await clock.sleep(wait, signal);
      if (signal.aborted) throw failureError(failure("cancelled", "the proposal is no longer wanted"));
      // A paid request over a dead connection may be charged without an answer; the free question is not.
      if (f.kind === "network" && !(await how.reachable(signal))) {
        const rest = waitFor(how, { ...f, retryAfter: null }, policy.attempts);
        throw failureError({ ...f, charged: false, retryAfter: rest });
      }
    }
  }
}

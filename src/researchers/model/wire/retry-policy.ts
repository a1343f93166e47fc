// When a call fails: who waits how long, and when it is given up. One policy for all providers, with time and chance
// injected; the SDK's own retries are off, because they know neither lost connections nor broken streams nor the bill.
import type { Clock } from "./clock.ts";
import { type Failure, failure, failureError, failureOf, isPermanent } from "./failure.ts";

export interface RetryPolicy {
  /** Calls in all. */
  readonly attempts: number;
  /** First wait, doubled with each further failure [ms]. */
  readonly firstWait: number;
  readonly longestWait: number;
  /** All waits of one call together [ms]; what would take longer is left for another time. */
  readonly patience: number;
}

export const DEFAULT_POLICY: RetryPolicy = {
  attempts: 5,
  firstWait: 1_000,
  longestWait: 60_000,
  patience: 45_000,
};

/** Failures of the answer, not of the way: asking again once may help, asking again and again does not. */
const ONCE: ReadonlySet<string> = new Set(["refusal", "empty", "endless", "timeout"]);
/** These need another request, not the same one later. */
const RETHINK: ReadonlySet<string> = new Set(["context", "lack", "thoughts", "cancelled"]);

/** A fault of the server that says what it is and comes again in the same words will come a third time. */
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
  /** Called with every failure that is followed by a wait. */
  onWait(failure: Failure, wait: number): void;
  /** A free question whether the server answers; asked after a lost connection, before anything that costs is sent. */
  reachable(signal: AbortSignal): Promise<boolean>;
}

/** The next wait [ms]: what the server asked for and a little more, else exponential with full jitter. */
export function waitFor(
  { policy, random }: Pick<Persistence, "policy" | "random">,
  f: Failure,
  failures: number,
): number {
  // Never sooner than asked; spread, so that many labs behind one key do not come back at once.
  if (f.retryAfter !== null) return f.retryAfter + random() * 1_000;
  const ceiling = Math.min(policy.longestWait, policy.firstWait * 2 ** (failures - 1));
  return ceiling * (0.5 + 0.5 * random());
}

/**
 * Calls until it succeeds. Throws LabError `provider` with the Failure as its cause: at once for what does not heal or
 * needs another request, else when attempts or patience are used up; `retryAfter` then says how long to stay away.
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
      // A request into a dead line may be charged without an answer; one that asks for nothing is not.
      if (f.kind === "network" && !(await how.reachable(signal))) {
        const rest = waitFor(how, { ...f, retryAfter: null }, policy.attempts);
        throw failureError({ ...f, charged: false, retryAfter: rest });
      }
    }
  }
}

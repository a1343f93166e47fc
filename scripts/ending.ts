// The end of a script from outside: a signal, or the death of the npm that started it.
import { messageOf } from "../src/error.ts";
import { constants } from "node:os";
import { whenNpmIsGone } from "./parent.mjs";

export interface Ending {
  /** The cause, to be printed: `SIGINT`. */
  readonly why: string;
  /** Exit status: 128 plus the signal's number, as in a shell. */
  readonly status: number;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

// npm forwards a Ctrl-C that the terminal has already sent to this process, so one key press may arrive twice.
const SAME_PRESS = 1000; // ms

/** Resolves at the first signal or when npm dies; after that, another signal ends the process at once. */
export function untilEnded(): Promise<Ending> {
  return new Promise((end) => {
    let endedAt = Infinity;
    const ask = (why: string, status: number) => {
      if (endedAt === Infinity) {
        endedAt = performance.now();
        end({ why, status });
      } else if (performance.now() - endedAt > SAME_PRESS) process.exit(status);
    };
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        ask(signal, 128 + constants.signals[signal]);
      });
    }
    whenNpmIsGone(() => {
      ask("npm was killed", 128 + constants.signals.SIGTERM);
    });
  });
}

/**
 * Runs a server until a signal and resolves with its exit status; errors are printed on stderr in one line. `start`
 * resolves with the function that ends the server, or with null when there is nothing to serve.
 */
export async function untilSignal(start: () => Promise<(() => Promise<void>) | null>): Promise<number> {
  try {
    const ended = untilEnded();
    const close = await start();
    if (close === null) return 0;
    await ended;
    await close();
    return 0; // a signal is the normal end of a server
  } catch (error) {
    console.error(`overnight: ${firstLine(error)}`);
    return 1;
  }
}

/** The first line of an error's message. */
export function firstLine(error: unknown): string {
  return messageOf(error).split("\n", 1)[0];
}

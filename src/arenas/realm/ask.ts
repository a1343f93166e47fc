// Runs one split of a candidate in a fresh realm, from outside: the result is data, or a failure with its line.
import { LabError, messageOf } from "../../error.ts";
import { oneLine } from "../../runner/index.ts";
import { MAX_ANSWER, parseAnswer, type RealmRequest } from "./protocol.ts";

/** A fresh realm, in which no code has run yet. */
export interface Realm {
  /** The answer's text, which is untrusted. Rejects with one line when the realm itself ends. */
  ask(request: string): Promise<unknown>;
  /** Ends the realm, even in the middle of a computation. */
  close(): void;
}
export type OpenRealm = () => Promise<Realm>;

export interface Answers {
  readonly outputs: readonly unknown[];
  /** Ticks that each task used. */
  readonly ticks: readonly number[];
}

export interface Limits {
  /** Wall time, for a built-in function that does not return, which no tick can end. */
  readonly seconds: number;
  /** Name of the candidate's file, for error messages. */
  readonly file: string;
  /** Words before the place of a failure, for the number of its task from 0. Absent: none. */
  nameOf?(task: number): string;
  readonly signal: AbortSignal;
}

/** Runs the request in a new realm. Throws LabError "crash" for faults of the candidate, "cancelled" on the signal. */
export async function askRealm(
  openRealm: OpenRealm,
  request: RealmRequest,
  { seconds, file, signal, nameOf }: Limits,
): Promise<Answers> {
  const realm = await openRealm();
  let late: ReturnType<typeof setTimeout> | undefined;
  let stop: () => void = () => undefined;
  try {
    const found = await new Promise<unknown>((resolve, reject) => {
      const crash = (words: string) => reject(new LabError("crash", `${file}: ${words}`));
      stop = () => reject(new LabError("cancelled", "the run was stopped"));
      if (signal.aborted) return stop();
      signal.addEventListener("abort", stop);
      late = setTimeout(
        () => crash(`did not come back for ${seconds} s (a built-in function on something huge?)`),
        1000 * seconds,
      );
      realm.ask(JSON.stringify(request)).then(resolve, (error: unknown) => crash(oneLine(messageOf(error))));
    });
    const answer = parseAnswer(found, request.tasks.length);
    if (answer === null) {
      const got = typeof found === "string" ? `${found.length} characters` : typeof found;
      throw new LabError("crash", {
        what: `${file}: its realm gave no answer`,
        got,
        expected: `data of at most ${MAX_ANSWER} characters`,
      });
    }
    if (answer.type === "done") return answer;
    const place = answer.line > 0 ? `${file}:${answer.line}` : file;
    throw new LabError("crash", `${nameOf?.(answer.task) ?? ""}${place}: ${oneLine(answer.message)}`);
  } finally {
    clearTimeout(late);
    signal.removeEventListener("abort", stop);
    realm.close();
  }
}

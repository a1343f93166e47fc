// One split of a candidate in one fresh realm, from outside: what comes back is data or a failure with its line.
import { LabError } from "../../error.ts";
import { oneLine } from "../../runner/index.ts";
import { MAX_ANSWER, parseAnswer, type RealmRequest } from "./protocol.ts";

/** A realm that nobody was in before. */
export interface Realm {
  /** The answer's text, which may be anything. Rejects with one line when the realm itself ends. */
  ask(request: string): Promise<unknown>;
  /** Ends it, whatever it does. */
  close(): void;
}
export type OpenRealm = () => Promise<Realm>;

export interface Answers {
  readonly outputs: readonly unknown[];
  /** Of each task. */
  readonly ticks: readonly number[];
}

export interface Limits {
  /** Of the wall: for a built-in function that does not come back, which no tick can end. */
  readonly seconds: number;
  /** The candidate's file, for reasons. */
  readonly file: string;
  readonly signal: AbortSignal;
}

/** Asks a realm of its own. Throws LabError "crash" for what the candidate did, "cancelled" when the signal fires. */
export async function askRealm(
  openRealm: OpenRealm,
  request: RealmRequest,
  { seconds, file, signal }: Limits,
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
      realm
        .ask(JSON.stringify(request))
        .then(resolve, (error: unknown) =>
          crash(oneLine(error instanceof Error ? error.message : String(error))),
        );
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
    throw new LabError("crash", `${place}: ${oneLine(answer.message)}`);
  } finally {
    clearTimeout(late);
    signal.removeEventListener("abort", stop);
    realm.close();
  }
}

// The messages between the lab and a candidate's realm: one JSON text each way. The answer is untrusted input.
import type { Task } from "../contract/arena.ts";

export interface RealmRequest {
  /** JavaScript of an expression, made by `compile`. */
  readonly code: string;
  /** Names of the functions to call: a second one gets the result of the first, and `then` of the task. */
  readonly entries: readonly string[];
  readonly tasks: readonly Task[];
  /** The most ticks that one task may use. */
  readonly ticks: number;
  /** Seed of the candidate's random numbers, for each task. */
  readonly seeds: readonly number[];
}

type RealmAnswer =
  | { readonly type: "done"; readonly outputs: readonly unknown[]; readonly ticks: readonly number[] }
  /** `line` 0: unknown. `task`: index of the failed task, from 0. */
  | {
      readonly type: "failed";
      readonly message: string;
      readonly line: number;
      readonly task: number;
      readonly ticks: number;
    };

/** The most characters of an answer. */
export const MAX_ANSWER = 8_000_000;

/** The answer, or null for a malformed one. */
export function parseAnswer(text: unknown, tasks: number): RealmAnswer | null {
  if (typeof text !== "string" || text.length > MAX_ANSWER) return null;
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return null; // not JSON: no answer
  }
  if (typeof found !== "object" || found === null) return null;
  const { type, outputs, ticks, message, line, task } = found as Record<string, unknown>;
  const count = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (type === "done") {
    if (!Array.isArray(outputs) || outputs.length !== tasks) return null;
    if (!Array.isArray(ticks) || ticks.length !== tasks || !ticks.every(count)) return null;
    return { type, outputs, ticks };
  }
  if (type !== "failed" || typeof message !== "string" || !count(line) || !count(task) || !count(ticks))
    return null;
  return { type, message, line, task, ticks };
}

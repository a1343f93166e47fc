// Measures the time of dispatches: the best of some rounds, in which they take turns. Browsers round timestamps to 0.1
// ms, so each dispatch is repeated until a pass is long enough to compare.

import { assert } from "../../error.ts";
import type { Program, Runtime } from "../runtime/index.ts";
import { passTimes, type EncodePass } from "../runtime/pass-times.ts";
import { encode } from "../runtime/program.ts";

/** Target duration of a pass [ms]: twenty times the rounding of a browser. */
const PASS_MS = 2;
const MAX_REPEATS = 200;
const ROUNDS = 3;
/** A program whose time is more than this multiple of the best is not measured in further rounds. */
const HOPELESS = 1.5;

/**
 * Best time of one run of each program [ms]; slow ones are measured in one round only. A program is a single dispatch.
 * `guessMs` is a guess for the time of one run.
 */
export async function timePrograms(
  runtime: Runtime,
  programs: readonly Program[],
  guessMs: number,
): Promise<number[]> {
  const best: number[] = programs.map(() => Infinity);
  let running = programs.map((_, i) => i);
  let repeats = Math.max(1, Math.min(MAX_REPEATS, Math.round(PASS_MS / guessMs)));
  for (let round = 0; round < ROUNDS; round++) {
    const passes = running.map((i) => repeating(programs[i], repeats));
    const times = await passTimes(runtime.device, passes);
    running.forEach((i, at) => {
      best[i] = Math.min(best[i], times[at] / repeats);
    });
    const least = Math.min(...best);
    running = running.filter((i) => best[i] <= HOPELESS * least);
    if (running.length < 2) break;
    // A pass with time 0 was shorter than the resolution of the clock.
    repeats = Math.max(1, Math.min(MAX_REPEATS, Math.ceil(PASS_MS / Math.max(least, PASS_MS / MAX_REPEATS))));
  }
  return best;
}

function repeating(program: Program, repeats: number): EncodePass {
  const [step] = program.steps;
  assert(step, "a program of one dispatch");
  return (pass) => {
    for (let i = 0; i < repeats; i++) encode(pass, step);
  };
}

// Slows the loop down after several failures in a row, and shows a notice: a night of crashes would fill the notebook
// and teach nothing. One success restores full speed.
import type { Control, LoopContext } from "../experiment/context.ts";
import { isFailure } from "../study/record.ts";

/** Failures in a row without a wait. */
const TOLERATED = 3;
const FIRST_WAIT = 5_000; // ms, doubled with each further failure
const LONGEST_WAIT = 300_000;

/** How long to wait before the next experiment after `failures` in a row [ms]. */
export function waitAfter(failures: number): number {
  return failures <= TOLERATED ? 0 : Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - TOLERATED - 1));
}

/** Waits if the last experiments all failed; a stop ends the wait. */
export async function crashBackoff({ study, clock, listener }: LoopContext, control: Control): Promise<void> {
  const { records } = study;
  const failures = records.length - 1 - records.findLastIndex((record) => !isFailure(record));
  const wait = waitAfter(failures);
  if (wait === 0 || control.pause.aborted) return;
  const seconds = String(Math.round(wait / 1000));
  listener.notice(
    "warning",
    `${failures} experiments in a row failed, the last with: ${records.at(-1)?.reason ?? ""} The next begins in ${seconds} s.`,
  );
  await clock.sleep(wait, control.pause);
}

// The next proposal, made while the present run trains, so that the GPU never waits. A researcher that costs nothing
// prepares one for each outcome; any other for the likelier one, a discard.
import type { Candidate, Checked, ExperimentStatus } from "../contract/lab-state.ts";
import type { LoopContext } from "../experiment/context.ts";
import { briefAfter, propose } from "./propose.ts";
import { incumbentOf } from "../study/study.ts";

export interface Prepared {
  /** The proposal for this outcome; null when there is none or making it failed: then ask again. */
  take(status: ExperimentStatus): Promise<Checked | null>;
}

export function prepareNext(context: LoopContext, candidate: Candidate, signal: AbortSignal): Prepared {
  const { free } = context.researcher;
  const make = async (outcome: "keep" | "discard"): Promise<Checked | null> => {
    // Yields first, so that the run starts before the next proposal is made.
    await Promise.resolve();
    return propose(context, briefAfter(context, candidate, outcome), signal);
  };
  // A failure is not lost: the researcher is asked again when the proposal is due, and fails again.
  const settle = (made: Promise<Checked | null>) => made.catch(() => null);
  const likely = incumbentOf(context.study) === null ? "keep" : "discard";
  const none = Promise.resolve(null);
  const discarded = free || likely === "discard" ? settle(make("discard")) : none;
  const kept = free || likely === "keep" ? settle(make("keep")) : none;
  void (likely === "keep" ? kept : discarded).then((checked) =>
    context.listener.next(checked?.proposal ?? null),
  );
  return {
    take(status) {
      if (status === "keep") return kept;
      // A crash may rule out the direction of the prepared proposal; asking again is free.
      return status === "discard" || !free ? discarded : none;
    },
  };
}

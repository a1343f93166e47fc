// A researcher that asks nobody: it costs nothing, and has its answer at once.
import { LabError } from "../../error.ts";
import type { Brief, Proposal, Researcher } from "../researcher.ts";

/** LabError "cancelled" where the proposal is no longer wanted. */
export function freeResearcher(name: string, propose: (brief: Brief) => Proposal): Researcher {
  return {
    name,
    free: true,
    propose: async (brief, signal) => {
      if (signal.aborted) throw new LabError("cancelled", "the proposal is no longer wanted");
      return propose(brief);
    },
  };
}

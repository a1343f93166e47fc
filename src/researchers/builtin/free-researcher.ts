// A researcher without a model: it costs nothing and answers at once.
import { LabError } from "../../error.ts";
import type { Brief, Proposal, Researcher } from "../researcher.ts";

/** Its `propose` throws LabError "cancelled" when the request was cancelled. */
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

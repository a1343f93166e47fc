// Researchers: whatever proposes the next train.ts. A researcher gets text and returns text; it never touches the
// repository, the GPU or the verdict. The built-in one needs no key and no network; `random` is what it must beat.
export type { Brief, HistoryEntry, Pending, Proposal, Rejection, Researcher } from "./researcher.ts";
export { normaliseSource } from "./source/normalise.ts";
export { syntaxError } from "./source/parse.ts";
export { builtinResearcher } from "./builtin/builtin.ts";
export { randomResearcher } from "./builtin/random-researcher.ts";
export { parseConstants, setConstants } from "./source/constants.ts";

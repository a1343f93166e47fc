// Researchers propose the next train.ts. A researcher gets text and returns text; it never touches the repository, the
// GPU or the verdict. The built-in one needs no key and no network; `random` is the baseline it must beat.
export type { Brief, ExperimentStatus, HistoryEntry, Proposal, Rejection, Researcher } from "./researcher.ts";
export { REPAIRS } from "./researcher.ts";
export { normaliseSource } from "./source/normalise.ts";
export type { Edit } from "./builtin/edits/edit.ts";
export { rewrite } from "./builtin/edits/rewrite.ts";
export { builtinResearcher } from "./builtin/builtin.ts";
export { randomResearcher } from "./builtin/random-researcher.ts";
export { parseConstants } from "./source/constants.ts";

// Language models as researchers. `sdk.ts` loads the AI SDK at the first call.
export { type Clock, systemClock } from "./model/wire/clock.ts";
export type { Availability, ModelEvent, TranscriptEntry } from "./model/conversation/events.ts";
export type { ModelConfig, ProviderId } from "./model/keys/config.ts";
export { parseModelSpec, PROVIDERS } from "./model/keys/config.ts";
export { applyEdits } from "./model/answer/edits.ts";
export { editsOf as readEdits } from "./model/answer/submission.ts";
export {
  type Ability,
  Capabilities,
  type Capability,
  type CapabilityTable,
  parseCapability,
} from "./model/keys/capabilities.ts";
export { connectSources } from "./model/wire/csp-sources.ts";
export { type Connection, testConnection } from "./model/wire/test-connection.ts";
export type { Calibrated, Facts } from "./model/material/facts.ts";
export { byCategory, byResearcher, duplicateOf, type Tally } from "./model/material/insight.ts";
export { keyOwner, KeyRing, scanForKeys } from "./model/keys/keys.ts";
export { mixedResearcher } from "./model/conversation/shared-slots.ts";
export {
  type ModelOptions,
  modelResearcher,
  type ModelResearcher,
} from "./model/conversation/model-researcher.ts";
export { type Booking, Ledger, type Totals } from "./model/keys/money.ts";
export { beginLogin, exchangeCode, readCallback } from "./model/keys/openrouter-login.ts";
export { type PriceRow, PRICES, priceWords } from "./model/keys/prices.ts";
export { promptApiChannel, servePromptApi } from "./model/wire/prompt-api.ts";
export type { Checks, Rehearsed } from "./model/conversation/review.ts";
export { openKeys, type SealedKeys, sealKeys } from "./model/keys/vault.ts";

// Researchers: whatever proposes the next train.ts. A researcher gets text and returns text; it never touches the
// repository, the GPU or the verdict. The built-in one needs no key and no network; `random` is what it must beat.
export type { Brief, HistoryEntry, Pending, Proposal, Rejection, Researcher } from "./researcher.ts";
export { normaliseSource } from "./source/normalise.ts";
export { syntaxError } from "./source/parse.ts";
export { builtinResearcher } from "./builtin/builtin.ts";
export { randomResearcher } from "./builtin/random-researcher.ts";
export { parseConstants, setConstants } from "./source/constants.ts";

// Language models as researchers. `sdk.ts` behind them loads the AI SDK when the first call needs it.
export { type Clock, systemClock } from "./model/wire/clock.ts";
export type { Availability, ModelEvent, TranscriptEntry } from "./model/conversation/events.ts";
export type { ModelConfig, Provider, ProviderId } from "./model/keys/config.ts";
export { isLocal, parseModelSpec, PROVIDERS, researcherName } from "./model/keys/config.ts";
export { CONNECT_SOURCES, connectSources } from "./model/wire/csp-sources.ts";
export { type Connection, type ConnectionOptions, testConnection } from "./model/wire/test-connection.ts";
export type { Facts, RunFacts } from "./model/material/facts.ts";
export { type Failure, failureOf } from "./model/wire/failure.ts";
export {
  byCategory,
  byResearcher,
  categorise,
  duplicateOf,
  novelty,
  plateau,
  type Plateau,
  type Tally,
} from "./model/material/insight.ts";
export { keyOwner, KeyRing, type Leak, scanForKeys } from "./model/keys/keys.ts";
export { DEFAULT_SHARE, type MixedResearcher, mixedResearcher } from "./model/conversation/shared-slots.ts";
export {
  type ModelOptions,
  modelResearcher,
  type ModelResearcher,
} from "./model/conversation/model-researcher.ts";
export { type Booking, type Caps, DEFAULT_CAPS, Ledger, type Totals } from "./model/keys/money.ts";
export {
  beginLogin,
  exchangeCode,
  type Login,
  type LoginOptions,
  readCallback,
  readKeyLimit,
} from "./model/keys/openrouter-login.ts";
export {
  type Price,
  priceOf,
  type PriceRow,
  PRICES,
  type PriceTable,
  priceWords,
} from "./model/keys/prices.ts";
export {
  type LanguageModelApi,
  promptApiChannel,
  servePromptApi,
  usable as promptApiProblem,
  windowLanguageModel,
} from "./model/wire/prompt-api.ts";
export { buildPrompt, type Prompt, type PromptOptions } from "./model/prompt/prompt.ts";
export type { Checks, Rehearsed } from "./model/conversation/review.ts";
export { openKeys, type SealedKeys, sealKeys } from "./model/keys/vault.ts";

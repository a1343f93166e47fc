// A model researcher with the scripted provider; it keeps all events.
import {
  KeyRing,
  Ledger,
  modelResearcher,
  type Brief,
  type ModelConfig,
  type ModelEvent,
  type ModelOptions,
  type ModelResearcher,
} from "../../src/researchers/index.ts";
import { briefOf, NO_LIMITS, testClock } from "../../src/researchers/model/testing/a-study.ts";
import { type Kind, KINDS, type ProviderServer } from "./server.ts";

export const KEY = "sk-test-0123456789abcdefABCDEF-xyz";

export interface Lab {
  readonly researcher: ModelResearcher;
  readonly events: ModelEvent[];
  readonly ledger: Ledger;
  readonly keys: KeyRing;
  readonly clock: ReturnType<typeof testClock>;
  propose(brief?: Brief, signal?: AbortSignal): ReturnType<ModelResearcher["propose"]>;
  of<T extends ModelEvent["type"]>(type: T): Extract<ModelEvent, { type: T }>[];
}

/** One dollar per million tokens in either direction, so that sums are easy to read. */
const TABLE = KINDS.map((provider) => ({
  provider,
  model: "model",
  input: 1,
  output: 1,
  read: "2026-11-20",
  source: "the test",
}));

export function openLab(
  server: ProviderServer,
  kind: Kind,
  more: Partial<Omit<ModelOptions, "config">> & { config?: Partial<ModelConfig> } = {},
): Lab {
  const keys = new KeyRing();
  const config: ModelConfig = {
    provider: kind,
    model: "model",
    address: server.address[kind],
    ...more.config,
  };
  keys.set(kind === "compatible" ? `compatible ${new URL(server.address[kind]).origin}` : kind, KEY);
  const events: ModelEvent[] = [];
  const clock = testClock();
  const ledger = more.ledger ?? new Ledger({ table: TABLE });
  const researcher = modelResearcher({
    keys,
    ledger,
    clock,
    random: () => 0.5,
    limits: NO_LIMITS,
    onEvent: (event: ModelEvent) => events.push(event),
    ...more,
    config,
  });
  return {
    researcher,
    events,
    ledger,
    keys,
    clock,
    propose: (brief = briefOf(), signal = new AbortController().signal) => researcher.propose(brief, signal),
    of: (type) => events.filter((event) => event.type === type) as never,
  };
}

/** The failure's message, or "" when there was a proposal. */
export const wordsOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

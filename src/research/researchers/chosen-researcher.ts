// The researcher that the settings choose, built anew when they change: the built-in one, random search, or a language
// model that shares its slots with the built-in one. It holds the model's keys, its ledger and its capabilities.
import {
  type Ability,
  builtinResearcher,
  Capabilities,
  type Checks,
  type Connection,
  type Edit,
  keyOwner,
  KeyRing,
  Ledger,
  type ModelConfig,
  type ModelEvent,
  type ModelOptions,
  type ModelResearcher,
  mixedResearcher,
  modelResearcher,
  openKeys,
  PRICES,
  type PriceRow,
  randomResearcher,
  type Researcher,
  type SealedKeys,
  testConnection,
} from "../../researchers/index.ts";
import { LabError } from "../../error.ts";
import { completeResearcher, modelOf, type ResearcherSettings } from "../contract/researcher-settings.ts";
import type { CallLog } from "./call-log.ts";
import type { ResearcherContext } from "./store.ts";

export interface ChosenResearcherParts {
  readonly calls: CallLog;
  /** The facts that a prompt adds to its brief. */
  readonly facts: ModelOptions["facts"];
  /** The checks that a model may ask for. */
  readonly bench: Checks;
  /** How to reach the browser's own model. */
  readonly promptApi?: NonNullable<ModelOptions["channel"]>;
  readonly model?: Partial<Pick<ModelOptions, "fetch" | "clock" | "random" | "limits" | "policy">>;
}

export class ChosenResearcher {
  readonly keys = new KeyRing();
  ledger = new Ledger();
  capabilities = new Capabilities();
  researcher: Researcher = builtinResearcher();
  /** The chosen language model; null: none. */
  model: ModelResearcher | null = null;
  readonly #context: ResearcherContext;
  readonly #parts: ChosenResearcherParts;
  /** Structural edits of the study's arena; null: the GPT's, in which a language model can propose too. */
  #edits: readonly Edit[] | null = null;

  constructor(context: ResearcherContext, parts: ChosenResearcherParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** Reads the stored ledger, capabilities and choice. */
  open(): void {
    const { keeper, changed, failed } = this.#context;
    this.capabilities = new Capabilities(keeper().now.capabilities, (capabilities) => {
      void keeper()
        .update(() => ({ capabilities }))
        .catch(failed);
      changed();
    });
    const { settings, bookings, nightFrom, prices } = keeper().now;
    this.ledger = new Ledger({
      caps: { dollars: settings.capDollars },
      table: [...prices, ...PRICES],
      bookings: bookings.slice(nightFrom),
    });
    this.#parts.calls.setLedger(this.ledger);
    this.#build();
  }

  /** The chosen model and its address. Throws LabError `value` when none is chosen. */
  get config(): ModelConfig {
    const config = modelOf(this.#context.keeper().now.settings);
    if (config === null) throw new LabError("value", { what: "no language model is chosen" });
    return config;
  }

  async set(change: Partial<ResearcherSettings>): Promise<void> {
    const keeper = this.#context.keeper();
    const before = keeper.now.settings;
    const settings = completeResearcher(change, before);
    await keeper.update(() => ({ settings }));
    this.ledger.setCaps({ dollars: settings.capDollars });
    const same = (["researcher", "share", "patience"] as const).every((k) => settings[k] === before[k]);
    if (!same) this.#build();
    else if (settings.capDollars > before.capDollars) this.resume();
  }

  useEdits(edits: readonly Edit[] | null): void {
    if (edits === this.#edits) return;
    this.#edits = edits;
    this.#build();
  }

  setKey(key: string): void {
    this.keys.set(keyOwner(this.config), key);
    this.resume();
  }

  async unlock(sealed: SealedKeys, passphrase: string): Promise<void> {
    for (const [owner, key] of (await openKeys(sealed, passphrase)).entries())
      this.keys.set(owner as Parameters<KeyRing["set"]>[0], key);
    this.resume();
  }

  async setPrices(rows: readonly PriceRow[]): Promise<void> {
    await this.#context.keeper().update(() => ({ prices: rows }));
    this.ledger.setTable([...rows, ...PRICES]);
  }

  setCapability(name: Ability, value: boolean | number | null): void {
    this.capabilities.set(this.config, name, value);
    this.resume();
  }

  /** Counts the spending limit from now on. */
  async newNight(): Promise<void> {
    await this.#context.keeper().update(({ bookings }) => ({ nightFrom: bookings.length }));
    this.ledger.reset();
    this.#parts.calls.setLedger(this.ledger);
  }

  /** A small request to the chosen model. `page` is the page's address. */
  async test(page: string): Promise<Connection> {
    const { model, calls } = this.#parts;
    const connection = await testConnection(this.config, {
      keys: this.keys,
      ledger: this.ledger,
      capabilities: this.capabilities,
      page,
      ...(model?.fetch ? { fetch: model.fetch } : {}),
      ...this.#channel(this.config.provider),
    });
    await calls.book();
    if (connection.ok) this.resume();
    return connection;
  }

  resume(): void {
    this.model?.resume();
  }

  #build(): void {
    const { calls, facts, bench, model: options } = this.#parts;
    const { settings } = this.#context.keeper().now;
    const config = this.#edits === null ? modelOf(settings) : null;
    const edits = this.#edits ?? undefined;
    this.model = null;
    if (config === null) {
      this.researcher = settings.researcher === "random" ? randomResearcher(edits) : builtinResearcher(edits);
    } else {
      const onEvent = (event: ModelEvent) => {
        calls.record(event, this.model?.name ?? "");
      };
      this.model = modelResearcher({
        ...options,
        ...this.#channel(config.provider),
        config,
        keys: this.keys,
        ledger: this.ledger,
        capabilities: this.capabilities,
        onEvent,
        patience: settings.patience,
        facts,
        bench,
      });
      this.researcher = mixedResearcher({
        model: this.model,
        optimiser: builtinResearcher(),
        share: settings.share,
        onEvent,
        ...(options?.clock ? { clock: options.clock } : {}),
      });
    }
    this.#context.changed();
  }

  #channel(provider: string): Pick<ModelOptions, "channel"> {
    const { promptApi } = this.#parts;
    return provider === "prompt-api" && promptApi ? { channel: promptApi } : {};
  }
}

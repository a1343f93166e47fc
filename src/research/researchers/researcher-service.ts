// The chosen researcher with its keys, spending limit, memory and notes. The loop sees one researcher; the page sends the
// commands of researcher-view.ts. Keys are in its ring and nowhere else.
import {
  type Checks,
  type Brief,
  builtinResearcher,
  Capabilities,
  type Facts,
  type HistoryEntry,
  keyOwner,
  KeyRing,
  Ledger,
  type ModelEvent,
  type ModelOptions,
  type ModelResearcher,
  mixedResearcher,
  modelResearcher,
  openKeys,
  PRICES,
  type Proposal,
  randomResearcher,
  type Researcher,
  sealKeys,
  testConnection,
} from "../../researchers/index.ts";
import { LabError } from "../../error.ts";
import type { Candidate } from "../contract/experiment.ts";
import type { StoredRecord } from "../contract/experiment.ts";
import type { Outside } from "../contract/researcher-settings.ts";
import { calibrations } from "../study/forecast.ts";
import { historyOfStudy, type Study } from "../study/study.ts";
import { CallLog, type CallLogParts } from "./call-log.ts";
import { factsOf } from "./facts.ts";
import { Approval, type Gate } from "./approval.ts";
import { mustBeFreeOfKeys } from "./key-scan.ts";
import { Memory } from "./learnings.ts";
import { completeResearcher, modelOf, type ResearcherSettings } from "../contract/researcher-settings.ts";
import { type SideStore, StoredKeeper, transcriptName } from "./store.ts";
import type { ModelsAnswer, ModelsCommand, TranscriptView } from "../contract/researcher-view.ts";
import { researcherView } from "./view.ts";

/** What the desk is given of the lab. */
export interface ResearcherServiceParts extends CallLogParts {
  /** The desk has changed; `desk.view()` says how. */
  changed(): void;
  /** The first type error in a line, or null. */
  check(source: string): Promise<string | null>;
  /** The documented types of nn and prepare. */
  manual(): Promise<string>;
  baselines(): Readonly<Record<string, number>> | null;
  /** What the adapter was measured at; null: not yet. */
  flopsPerSecond(): number | null;
  /** How to reach the browser's own model. */
  readonly promptApi?: NonNullable<ModelOptions["channel"]>;
  readonly model?: Partial<Pick<ModelOptions, "fetch" | "clock" | "random" | "limits" | "policy">>;
}

type Rehearse = NonNullable<Checks["rehearse"]>;
const NOT_NOW: Rehearse = () => Promise.resolve({ outcome: "later", words: "no study is running" });

export class ResearcherService implements Researcher, Gate {
  readonly keys = new KeyRing();
  readonly #parts: ResearcherServiceParts;
  #stored: StoredKeeper | null = null;
  #ledger = new Ledger();
  #capabilities = new Capabilities();
  #researcher: Researcher = builtinResearcher();
  #model: ModelResearcher | null = null;
  #study: Study | null = null;
  #limit = 0;
  #rehearse: Rehearse = NOT_NOW;
  readonly #approval: Approval;
  readonly #memory: Memory;
  readonly #clerk: CallLog;

  constructor(parts: ResearcherServiceParts) {
    this.#parts = parts;
    const office = {
      keeper: () => this.#keeper(),
      tag: () => this.#tag(),
      changed: () => {
        parts.changed();
      },
    };
    this.#approval = new Approval(office);
    this.#memory = new Memory(office);
    this.#clerk = new CallLog(office, parts);
  }

  // Opening

  async open(store: SideStore): Promise<void> {
    this.#stored = await StoredKeeper.open(store);
    this.#capabilities = new Capabilities(this.#stored.now.capabilities, (capabilities) => {
      void this.#keeper()
        .update(() => ({ capabilities }))
        .catch((error: unknown) => this.#complain(error));
      this.#parts.changed();
    });
    this.#openLedger();
    this.#build();
  }

  /** Shows the study's memory; `learnings` is learnings.md as its notebook has it. */
  show(study: Study | null, learnings: string, limit = 0): void {
    this.#study = study;
    this.#limit = limit;
    const edit = this.#stored?.now.learnings ?? null;
    this.#memory.text = edit !== null && edit.tag === study?.file.study ? edit.text : learnings;
    this.#parts.changed();
  }

  #openLedger(): void {
    const { settings, bookings, nightFrom, prices } = this.#keeper().now;
    this.#ledger = new Ledger({
      caps: { dollars: settings.capDollars },
      table: [...prices, ...PRICES],
      bookings: bookings.slice(nightFrom),
    });
    this.#clerk.keepBooksOf(this.#ledger);
  }

  #build(): void {
    const { settings } = this.#keeper().now;
    const config = modelOf(settings);
    this.#model = null;
    if (config === null) {
      this.#researcher = settings.researcher === "random" ? randomResearcher() : builtinResearcher();
    } else {
      const onEvent = (event: ModelEvent) => this.#clerk.hear(event, this.#model?.name ?? "");
      this.#model = modelResearcher({
        ...this.#parts.model,
        ...this.#channel(config.provider),
        config,
        keys: this.keys,
        ledger: this.#ledger,
        capabilities: this.#capabilities,
        onEvent,
        patience: settings.patience,
        facts: (brief) => this.#facts(brief),
        bench: {
          check: (source) => this.#parts.check(source),
          rehearse: (source, signal) => this.#rehearse(source, signal),
        },
      });
      const { share } = settings;
      this.#researcher = mixedResearcher({
        model: this.#model,
        optimiser: builtinResearcher(),
        share,
        onEvent,
        ...(this.#parts.model?.clock ? { clock: this.#parts.model.clock } : {}),
      });
    }
    this.#parts.changed();
  }

  /** Lends the desk the device's idle moments; null when no study runs. */
  lend(rehearsal: Rehearse | null): void {
    this.#rehearse = rehearsal ?? NOT_NOW;
  }

  #channel(provider: string): Pick<ModelOptions, "channel"> {
    const { promptApi } = this.#parts;
    return provider === "prompt-api" && promptApi ? { channel: promptApi } : {};
  }

  // As a researcher

  get name(): string {
    return this.#researcher.name;
  }
  get free(): boolean {
    return this.#researcher.free;
  }
  hurry(): void {
    this.#researcher.hurry?.();
  }

  async propose(brief: Brief, signal: AbortSignal): Promise<Proposal> {
    const { patience } = this.#keeper().now.settings;
    const manual = this.#model && brief.manual === "" ? await this.#parts.manual() : brief.manual;
    const proposal = await this.#researcher.propose({ ...brief, manual, patience }, signal);
    const { researcher, category, hypothesis } = proposal;
    this.#parts.event({ type: "proposal", number: brief.number, researcher, category, hypothesis });
    return proposal;
  }

  #facts({ number }: Brief): Facts {
    const study = this.#study;
    const { notes } = this.#keeper().now;
    this.#clerk.carries(notes);
    if (!study) return { notes };
    return factsOf(study, {
      learnings: this.#memory.text,
      notes,
      baselines: this.#parts.baselines(),
      flopsPerSecond: this.#parts.flopsPerSecond(),
      experimentsLeft: this.#limit > 0 ? Math.max(0, this.#limit - number) : null,
    });
  }

  #complain(error: unknown): void {
    this.#parts.notice("error", error instanceof Error ? error.message : String(error));
  }

  // As the loop's gate and memory

  admit(slot: Candidate, signal: AbortSignal): ReturnType<Gate["admit"]> {
    return this.#approval.admit(slot, signal);
  }
  rejected(number: number): ReturnType<Gate["rejected"]> {
    return this.#approval.rejected(number);
  }
  learningsAfter(
    record: StoredRecord & Pick<HistoryEntry, "source">,
    before: readonly HistoryEntry[],
  ): string {
    return this.#memory.after(record, before);
  }

  outside(): Outside {
    return this.#keeper().now.settings;
  }

  /** The experiment is committed, and learnings.md with it. */
  committed(learnings: string): void {
    const edited = this.#memory.committed(learnings);
    const { learnings: edit, approved, refused } = this.#keeper().now;
    if (edit !== null || approved !== null || refused.length > 0) {
      const done = { learnings: edited, approved: null, refused: [] };
      void this.#keeper()
        .update(() => done)
        .catch((error: unknown) => this.#complain(error));
    }
    this.#parts.changed();
  }

  // The page's commands

  async command(command: ModelsCommand): Promise<ModelsAnswer> {
    const answer = (await this.#answer(command)) ?? null;
    this.#parts.changed();
    return answer;
  }

  async #answer(command: ModelsCommand): Promise<ModelsAnswer | undefined> {
    const keeper = this.#keeper();
    switch (command.type) {
      case "set":
        return this.#set(command.change);
      case "key":
        this.keys.set(keyOwner(this.#config()), command.key);
        this.#model?.resume();
        return undefined;
      case "seal":
        return sealKeys(this.keys, command.passphrase);
      case "unlock":
        for (const [owner, key] of (await openKeys(command.sealed, command.passphrase)).entries())
          this.keys.set(owner as Parameters<KeyRing["set"]>[0], key);
        this.#model?.resume();
        return undefined;
      case "forget-keys":
        this.keys.clear();
        return undefined;
      case "test":
        return this.#test(command.page);
      case "manual":
        return { manual: await this.#parts.manual() };
      case "rehearse":
        return this.#rehearse(command.source, new AbortController().signal);
      case "resume":
        this.#model?.resume();
        return undefined;
      case "prices":
        await keeper.update(() => ({ prices: command.rows }));
        this.#ledger.setTable([...command.rows, ...PRICES]);
        return undefined;
      case "capability":
        this.#capabilities.set(this.#config(), command.name, command.value);
        this.#model?.resume();
        return undefined;
      case "new-night":
        await keeper.update(({ bookings }) => ({ nightFrom: bookings.length }));
        this.#ledger.reset();
        this.#clerk.keepBooksOf(this.#ledger);
        return undefined;
      case "note":
        mustBeFreeOfKeys({ note: command.text }, this.keys, "the note");
        if (command.text.trim() === "") return undefined;
        await keeper.update(({ notes }) => ({ notes: [...notes, command.text.trim()] }));
        return undefined;
      case "drop-note":
        await keeper.update(({ notes }) => ({ notes: notes.filter((_, i) => i !== command.index) }));
        return undefined;
      case "learnings":
        return this.#edit(command.base, command.text);
      case "approve":
        return this.#approval.say(command.number, null);
      case "reject":
        return this.#approval.say(command.number, command.reason);
      case "transcript":
        return (await keeper.readBeside(
          transcriptName(this.#tag(), command.number),
        )) as TranscriptView | null;
    }
  }

  async #set(change: Partial<ResearcherSettings>): Promise<undefined> {
    const keeper = this.#keeper();
    const before = keeper.now.settings;
    const settings = completeResearcher(change, before);
    await keeper.update(() => ({ settings }));
    this.#ledger.setCaps({ dollars: settings.capDollars });
    const same = (["researcher", "share", "patience"] as const).every((k) => settings[k] === before[k]);
    if (!same) this.#build();
    else if (settings.capDollars > before.capDollars) this.#model?.resume();
    if (!settings.approve) this.#approval.waive();
  }

  async #test(page: string): Promise<ModelsAnswer> {
    const { fetch } = this.#parts.model ?? {};
    const config = this.#config();
    const connection = await testConnection(config, {
      keys: this.keys,
      ledger: this.#ledger,
      capabilities: this.#capabilities,
      page,
      ...(fetch ? { fetch } : {}),
      ...this.#channel(config.provider),
    });
    await this.#clerk.book();
    if (connection.ok) this.#model?.resume();
    return connection;
  }

  async #edit(base: string, text: string): Promise<undefined> {
    if (!this.#study) throw new LabError("value", "there is no study whose learnings could be edited");
    mustBeFreeOfKeys({ "learnings.md": text }, this.keys, "the notebook");
    await this.#memory.edit(base, text);
  }

  // What is there

  view() {
    const { settings, prices, bookings, notes } = this.#keeper().now;
    return researcherView({
      settings,
      notes,
      learnings: this.#memory.text,
      waiting: this.#approval.waiting,
      tag: this.#tag(),
      ledger: this.#ledger,
      bookings,
      prices,
      capabilities: this.#capabilities,
      keys: this.keys,
      model: this.#model,
      history: this.#study ? historyOfStudy(this.#study) : [],
      calibration: calibrations(this.#study?.records ?? []),
    });
  }

  #config() {
    const config = modelOf(this.#keeper().now.settings);
    if (config === null) throw new LabError("value", { what: "no language model is chosen" });
    return config;
  }
  #tag(): string {
    return this.#study?.file.study ?? "";
  }
  #keeper(): StoredKeeper {
    if (!this.#stored) throw new LabError("internal", "the lab is still opening");
    return this.#stored;
  }
}

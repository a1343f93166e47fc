// The researchers' desk: who proposes now, with which key, purse, memory and notes. To the loop it is one researcher;
// to the page it answers the commands of view.ts. Keys are in its ring and nowhere else.
import {
  type Bench,
  type Brief,
  builtinResearcher,
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
} from "../../agents/index.ts";
import { LabError } from "../../error.ts";
import type { Slot } from "../journal.ts";
import { learningsLine } from "../notebook.ts";
import type { StoredRecord } from "../record.ts";
import { historyOfStudy, type Study } from "../study.ts";
import { factsOf } from "./facts.ts";
import { type Gate, Question } from "./gate.ts";
import { mustBeFreeOfKeys } from "./guard.ts";
import { grown, mergedEdit } from "./learnings.ts";
import { completeResearcher, modelOf, type ResearcherSettings } from "./settings.ts";
import { type SideStore, StoredKeeper, transcriptName } from "./stored.ts";
import type { ModelsAnswer, ModelsCommand, ModelsEvent, TranscriptView, WritingView } from "./view.ts";
import { viewOfDesk } from "./view-of-desk.ts";

/** What the desk is given of the lab. */
export interface DeskParts {
  /** The desk has changed; `desk.view()` says how. */
  changed(): void;
  writing(view: WritingView | null): void;
  event(event: ModelsEvent): void;
  notice(level: "info" | "warning" | "error", text: string): void;
  /** The first type error in a line, or null. */
  check(source: string): Promise<string | null>;
  /** The documented types of nn and prepare. */
  manual(): Promise<string>;
  baselines(): Readonly<Record<string, number>> | null;
  /** What the adapter was measured at; null: not yet. */
  flopsPerSecond(): number | null;
  now(): number;
  /** How to reach the browser's own model. */
  readonly promptApi?: NonNullable<ModelOptions["channel"]>;
  readonly model?: Partial<Pick<ModelOptions, "fetch" | "clock" | "random" | "limits" | "policy">>;
}

type Rehearse = NonNullable<Bench["rehearse"]>;
const NOT_NOW: Rehearse = () => Promise.resolve({ outcome: "later", words: "no study is running" });

/** How much of a model's answer the page shows while it is written. */
const SHOWN = 6_000;

export class Desk implements Researcher, Gate {
  readonly keys = new KeyRing();
  readonly #parts: DeskParts;
  #stored: StoredKeeper | null = null;
  #ledger = new Ledger();
  /** How many of the ledger's bookings are stored. */
  #booked = 0;
  #researcher: Researcher = builtinResearcher();
  #model: ModelResearcher | null = null;
  #study: Study | null = null;
  #limit = 0;
  #learnings = "";
  /** learnings.md as the commit under way found it. */
  #composedFrom = "";
  readonly #question = new Question();
  #waiting: Slot | null = null;
  #rehearse: Rehearse = NOT_NOW;
  #writing: WritingView | null = null;
  #prompt = { tokens: 0, dropped: [] as readonly string[] };
  /** Notes that the prompt under way carries. */
  #carried: readonly string[] = [];

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  // Opening

  async open(store: SideStore): Promise<void> {
    this.#stored = await StoredKeeper.open(store);
    this.#openLedger();
    this.#build();
  }

  /** Shows the study's memory; `learnings` is learnings.md as its notebook has it. */
  show(study: Study | null, learnings: string, limit = 0): void {
    this.#study = study;
    this.#limit = limit;
    const edit = this.#stored?.now.learnings ?? null;
    this.#learnings = edit !== null && edit.tag === study?.file.study ? edit.text : learnings;
    this.#parts.changed();
  }

  #openLedger(): void {
    const { settings, bookings, nightFrom, prices } = this.#keeper().now;
    this.#ledger = new Ledger({
      caps: { dollars: settings.capDollars },
      table: [...prices, ...PRICES],
      bookings: bookings.slice(nightFrom),
    });
    this.#booked = this.#ledger.bookings.length;
  }

  #build(): void {
    const { settings } = this.#keeper().now;
    const config = modelOf(settings);
    this.#model = null;
    if (config === null) {
      this.#researcher = settings.researcher === "random" ? randomResearcher() : builtinResearcher();
    } else {
      const onEvent = (event: ModelEvent) => this.#hear(event);
      this.#model = modelResearcher({
        ...this.#parts.model,
        ...this.#channel(config.provider),
        ...{ config, keys: this.keys, ledger: this.#ledger, onEvent, patience: settings.patience },
        facts: (brief) => this.#facts(brief),
        bench: {
          check: (source) => this.#parts.check(source),
          rehearse: (source, signal) => this.#rehearse(source, signal),
        },
      });
      const { share } = settings;
      this.#researcher = mixedResearcher({
        ...{ model: this.#model, optimiser: builtinResearcher(), share, onEvent },
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
    this.#carried = notes;
    if (!study) return { notes };
    return factsOf(study, {
      ...{ learnings: this.#learnings, notes, baselines: this.#parts.baselines() },
      flopsPerSecond: this.#parts.flopsPerSecond(),
      experimentsLeft: this.#limit > 0 ? Math.max(0, this.#limit - number) : null,
    });
  }

  #hear(event: ModelEvent): void {
    const { parts, researcher } = { parts: this.#parts, researcher: this.#model?.name ?? "" };
    switch (event.type) {
      case "prompt":
        this.#prompt = { tokens: event.tokens, dropped: event.dropped };
        this.#write({ experiment: event.experiment, researcher, text: "" });
        parts.event({
          ...{ type: "model-prompt", number: event.experiment, researcher },
          ...{ tokens: event.tokens, dropped: event.dropped },
        });
        break;
      case "text":
        if (this.#writing)
          this.#write({ ...this.#writing, text: (this.#writing.text + event.text).slice(-SHOWN) });
        break;
      case "tool":
        if (this.#writing)
          this.#write({ ...this.#writing, text: `${this.#writing.text}\n[${event.name}]\n`.slice(-SHOWN) });
        break;
      case "call":
        void this.#book();
        parts.event(callEvent(event));
        break;
      case "wait":
        parts.event({ type: "model-wait", number: event.experiment, reason: event.words, ms: event.ms });
        break;
      case "sent-back":
        parts.event({ type: "model-sent-back", number: event.experiment, reason: event.words });
        break;
      case "transcript":
        this.#write(null);
        void this.#keepTranscript(event).catch((error: unknown) => this.#complain(error));
        break;
      case "availability":
        parts.event({
          ...{ type: "model-state", researcher: event.researcher, availability: event.availability },
        });
        parts.changed();
        break;
      case "notice":
        parts.notice(event.level, event.words);
    }
  }

  #write(view: WritingView | null): void {
    this.#writing = view;
    this.#parts.writing(view);
  }

  async #keepTranscript(event: Extract<ModelEvent, { type: "transcript" }>): Promise<void> {
    if (event.entries.length === 0) return;
    const { experiment: number, researcher, entries } = event;
    const view: TranscriptView = { number, researcher, at: this.#parts.now(), ...this.#prompt, entries };
    const carried = this.#carried;
    await this.#keeper().write(view, transcriptName(this.#tag(), number));
    if (carried.length === 0) return;
    await this.#keeper().update(({ notes }) => ({ notes: notes.filter((note) => !carried.includes(note)) }));
    this.#parts.changed();
  }

  /** What the ledger has and the store does not. A failure is told: an unstored booking would refill the purse. */
  async #book(): Promise<void> {
    const fresh = this.#ledger.bookings.slice(this.#booked);
    if (fresh.length === 0) return;
    this.#booked += fresh.length;
    const tag = this.#tag();
    try {
      await this.#keeper().update(({ bookings }) => ({
        bookings: [...bookings, ...fresh.map((booking) => ({ ...booking, tag }))],
      }));
    } catch (error) {
      this.#complain(error);
    }
    this.#parts.changed();
  }

  #complain(error: unknown): void {
    this.#parts.notice("error", error instanceof Error ? error.message : String(error));
  }

  // As the loop's gate and memory

  async admit(slot: Slot, signal: AbortSignal): Promise<"run" | "again" | "stopped"> {
    const { proposal, number, runs } = slot;
    const keeper = this.#keeper();
    const tag = this.#tag();
    const { settings, approved } = keeper.now;
    const mine = proposal.researcher === "human" || proposal.researcher === "lab";
    const said = approved?.tag === tag && approved.number === number && approved.source === proposal.source;
    if (!settings.approve || mine || said || runs.length > 0 || slot.refused !== null) return "run";
    this.#waiting = slot;
    this.#parts.changed();
    const word = await this.#question.ask(number, signal);
    this.#waiting = null;
    this.#parts.changed();
    return word;
  }

  rejected(number: number): ReturnType<Gate["rejected"]> {
    const tag = this.#tag();
    return this.#keeper().now.refused.filter((one) => one.tag === tag && one.number === number);
  }

  /** learnings.md after this experiment; `before` are those that ended earlier. */
  learningsAfter(
    record: StoredRecord & Pick<HistoryEntry, "source">,
    before: readonly HistoryEntry[],
  ): string {
    this.#composedFrom = this.#learnings;
    const entry: HistoryEntry = { ...record, commit: "", parent: record.base ?? record.parent };
    return grown(this.#learnings, learningsLine(record), [...before, entry]);
  }

  /** The experiment is committed, and learnings.md with it. */
  committed(learnings: string): void {
    // The human may have edited while the commit was written: then their edit waits for the next one.
    const edited = this.#learnings !== this.#composedFrom;
    this.#learnings = edited ? mergedEdit(this.#composedFrom, this.#learnings, learnings) : learnings;
    const { learnings: edit, approved, refused } = this.#keeper().now;
    if (edit !== null || approved !== null || refused.length > 0) {
      const waiting = edited ? { tag: this.#tag(), text: this.#learnings } : null;
      const done = { learnings: waiting, approved: null, refused: [] };
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
      case "resume":
        this.#model?.resume();
        return undefined;
      case "prices":
        await keeper.update(() => ({ prices: command.rows }));
        this.#ledger.setTable([...command.rows, ...PRICES]);
        return undefined;
      case "new-night":
        await keeper.update(({ bookings }) => ({ nightFrom: bookings.length }));
        this.#ledger.reset();
        this.#booked = 0;
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
        return this.#say(command.number, null);
      case "reject":
        return this.#say(command.number, command.reason);
      case "transcript":
        return (await keeper.read(transcriptName(this.#tag(), command.number))) as TranscriptView | null;
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
    if (!settings.approve) this.#question.answer("run");
  }

  async #test(page: string): Promise<ModelsAnswer> {
    const { fetch } = this.#parts.model ?? {};
    const config = this.#config();
    const connection = await testConnection(config, {
      ...{ keys: this.keys, ledger: this.#ledger, page },
      ...(fetch ? { fetch } : {}),
      ...this.#channel(config.provider),
    });
    await this.#book();
    if (connection.ok) this.#model?.resume();
    return connection;
  }

  async #edit(base: string, text: string): Promise<undefined> {
    const study = this.#study;
    if (!study) throw new LabError("value", "there is no study whose learnings could be edited");
    mustBeFreeOfKeys({ "learnings.md": text }, this.keys, "the notebook");
    const merged = mergedEdit(base, text, this.#learnings);
    await this.#keeper().update(() => ({ learnings: { tag: study.file.study, text: merged } }));
    this.#learnings = merged;
  }

  /** Approves the waiting proposal, or sends it back with a reason. */
  async #say(number: number, reason: string | null): Promise<undefined> {
    const slot = this.#waiting;
    if (slot === null || !this.#question.open(number))
      throw new LabError("value", { what: `no proposal #${String(number)} waits for your word` });
    const tag = this.#tag();
    const { source, hypothesis } = slot.proposal;
    if (reason === null) await this.#keeper().update(() => ({ approved: { tag, number, source } }));
    else {
      const words = reason.trim() === "" ? "the human does not want it" : `the human says: ${reason.trim()}`;
      await this.#keeper().update(({ refused }) => ({
        refused: [...refused, { tag, number, source, hypothesis, reason: words }],
      }));
    }
    this.#question.answer(reason === null ? "run" : "again");
  }

  // What is there

  view() {
    const { settings, prices, bookings, notes } = this.#keeper().now;
    return viewOfDesk({
      ...{ settings, notes, learnings: this.#learnings, waiting: this.#waiting, tag: this.#tag() },
      ...{ ledger: this.#ledger, bookings, prices, keys: this.keys, model: this.#model },
      history: this.#study ? historyOfStudy(this.#study) : [],
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

function callEvent({ experiment, booking, totals }: Extract<ModelEvent, { type: "call" }>): ModelsEvent {
  const { researcher, inputTokens, outputTokens, dollars, certainty } = booking;
  return {
    ...{ type: "model-call", number: experiment, researcher, inputTokens, outputTokens, dollars, certainty },
    nightDollars: totals.dollars,
  };
}

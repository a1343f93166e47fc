// The lab's researcher: the chosen researcher that proposes, the human's approval of its proposals, the study's
// learnings.md, and the page's commands about all of it.
import {
  type Brief,
  type Checks,
  type Edit,
  type Facts,
  type HistoryEntry,
  type Proposal,
  type Researcher,
  sealKeys,
} from "../../researchers/index.ts";
import { LabError, messageOf } from "../../error.ts";
import type { Candidate, StoredRecord } from "../contract/experiment.ts";
import { modelOf, type Outside, type ResearcherSettings } from "../contract/researcher-settings.ts";
import type { ModelsAnswer, ModelsCommand, TranscriptView } from "../contract/researcher-view.ts";
import { calibrations } from "../study/forecast.ts";
import { historyOfStudy, type Study } from "../study/study.ts";
import { Approval, type Gate } from "./approval.ts";
import { CallLog, type CallLogParts } from "./call-log.ts";
import { ChosenResearcher, type ChosenResearcherParts } from "./chosen-researcher.ts";
import { factsOf } from "./facts.ts";
import { mustBeFreeOfKeys } from "./key-scan.ts";
import { Memory } from "./learnings.ts";
import { type ResearcherContext, type SideStore, StoredKeeper, transcriptName } from "./store.ts";
import { researcherView } from "./view.ts";

export interface ResearcherServiceParts
  extends CallLogParts, Pick<ChosenResearcherParts, "model" | "promptApi"> {
  /** `view()` has changed. */
  changed(): void;
  /** The first type error in a line, or null. */
  check(source: string): Promise<string | null>;
  /** The documented types of nn and prepare. */
  manual(): Promise<string>;
  baselines(): Readonly<Record<string, number>> | null;
  /** The measured speed of the adapter [FLOP/s]; null before it is measured. */
  flopsPerSecond(): number | null;
}

type Rehearse = NonNullable<Checks["rehearse"]>;
const NOT_NOW: Rehearse = () => Promise.resolve({ outcome: "later", words: "no study is running" });

export class ResearcherService implements Researcher, Gate {
  readonly #parts: ResearcherServiceParts;
  readonly #approval: Approval;
  readonly #memory: Memory;
  readonly #calls: CallLog;
  readonly #chosen: ChosenResearcher;
  readonly #context: ResearcherContext;
  #stored: StoredKeeper | null = null;
  #study: Study | null = null;
  /** Experiments after which the lab stops; 0: never. */
  #limit = 0;
  #rehearse: Rehearse = NOT_NOW;

  constructor(parts: ResearcherServiceParts) {
    this.#parts = parts;
    this.#context = {
      keeper: () => this.#keeper(),
      tag: () => this.#tag(),
      changed: () => {
        parts.changed();
      },
      failed: (error) => {
        parts.notice("error", messageOf(error));
      },
    };
    this.#approval = new Approval(this.#context);
    this.#memory = new Memory(this.#context);
    this.#calls = new CallLog(this.#context, parts);
    this.#chosen = new ChosenResearcher(this.#context, {
      calls: this.#calls,
      facts: (brief) => this.#facts(brief),
      bench: {
        check: (source) => parts.check(source),
        rehearse: (source, signal) => this.#rehearse(source, signal),
      },
      ...(parts.model ? { model: parts.model } : {}),
      ...(parts.promptApi ? { promptApi: parts.promptApi } : {}),
    });
  }

  async open(store: SideStore): Promise<void> {
    this.#stored = await StoredKeeper.open(store);
    this.#chosen.open();
  }

  /** Shows a study; `learnings` is learnings.md in its notebook, `limit` its number of experiments (0: no limit). */
  show(study: Study | null, learnings: string, limit = 0): void {
    this.#study = study;
    this.#limit = limit;
    const edit = this.#stored?.now.learnings ?? null;
    this.#memory.text = edit !== null && edit.tag === study?.file.study ? edit.text : learnings;
    this.#parts.changed();
  }

  /** How a model's `rehearse` runs a train.ts; null: no study runs. */
  setRehearsal(rehearse: Rehearse | null): void {
    this.#rehearse = rehearse ?? NOT_NOW;
  }

  /** Structural edits of the study's arena; null: the GPT's. A chosen language model rests in any other arena. */
  useEdits(edits: readonly Edit[] | null): void {
    this.#chosen.useEdits(edits);
    if (edits !== null && modelOf(this.#keeper().now.settings) !== null)
      this.#parts.notice(
        "info",
        "A language model cannot propose in this arena yet: the built-in researcher does.",
      );
  }

  get keys() {
    return this.#chosen.keys;
  }

  // As a researcher

  get name(): string {
    return this.#chosen.researcher.name;
  }
  get free(): boolean {
    return this.#chosen.researcher.free;
  }
  hurry(): void {
    this.#chosen.researcher.hurry?.();
  }

  async propose(brief: Brief, signal: AbortSignal): Promise<Proposal> {
    const { patience } = this.#keeper().now.settings;
    const { researcher: chosen, model } = this.#chosen;
    const manual = model && brief.manual === "" ? await this.#parts.manual() : brief.manual;
    const proposal = await chosen.propose({ ...brief, manual, patience }, signal);
    const { researcher, category, hypothesis } = proposal;
    this.#parts.event({ type: "proposal", number: brief.number, researcher, category, hypothesis });
    return proposal;
  }

  #facts({ number }: Brief): Facts {
    const study = this.#study;
    const { notes } = this.#keeper().now;
    this.#calls.setNotes(notes);
    if (!study) return { notes };
    return factsOf(study, {
      learnings: this.#memory.text,
      notes,
      baselines: this.#parts.baselines(),
      flopsPerSecond: this.#parts.flopsPerSecond(),
      experimentsLeft: this.#limit > 0 ? Math.max(0, this.#limit - number) : null,
    });
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
        .catch(this.#context.failed);
    }
    this.#parts.changed();
  }

  // The page's commands

  async command(command: ModelsCommand): Promise<ModelsAnswer> {
    const answer = await this.#answer(command);
    this.#parts.changed();
    return answer;
  }

  async #answer(command: ModelsCommand): Promise<ModelsAnswer> {
    switch (command.type) {
      case "seal":
        return sealKeys(this.keys, command.passphrase);
      case "test":
        return this.#chosen.test(command.page);
      case "manual":
        return { manual: await this.#parts.manual() };
      case "rehearse":
        return this.#rehearse(command.source, new AbortController().signal);
      case "transcript": {
        const name = transcriptName(this.#tag(), command.number);
        return (await this.#keeper().readDocument(name)) as TranscriptView | null;
      }
      default:
        await this.#change(command);
        return null;
    }
  }

  async #change(
    command: Exclude<ModelsCommand, { type: "seal" | "test" | "manual" | "rehearse" | "transcript" }>,
  ): Promise<void> {
    const keeper = this.#keeper();
    const chosen = this.#chosen;
    switch (command.type) {
      case "set":
        return this.#set(command.change);
      case "key":
        chosen.setKey(command.key);
        return;
      case "unlock":
        return chosen.unlock(command.sealed, command.passphrase);
      case "forget-keys":
        chosen.keys.clear();
        return;
      case "resume":
        chosen.resume();
        return;
      case "prices":
        return chosen.setPrices(command.rows);
      case "capability":
        chosen.setCapability(command.name, command.value);
        return;
      case "new-night":
        return chosen.newNight();
      case "note":
        mustBeFreeOfKeys({ note: command.text }, this.keys, "the note");
        if (command.text.trim() === "") return;
        return keeper.update(({ notes }) => ({ notes: [...notes, command.text.trim()] }));
      case "drop-note":
        return keeper.update(({ notes }) => ({ notes: notes.filter((_, i) => i !== command.index) }));
      case "learnings":
        return this.#edit(command.base, command.text);
      case "approve":
        return this.#approval.decide(command.number, null);
      case "reject":
        return this.#approval.decide(command.number, command.reason);
    }
  }

  async #set(change: Partial<ResearcherSettings>): Promise<void> {
    await this.#chosen.set(change);
    if (!this.#keeper().now.settings.approve) this.#approval.waive();
  }

  async #edit(base: string, text: string): Promise<void> {
    if (!this.#study) throw new LabError("value", "there is no study whose learnings could be edited");
    mustBeFreeOfKeys({ "learnings.md": text }, this.keys, "the notebook");
    await this.#memory.edit(base, text);
  }

  view() {
    const { settings, prices, bookings, notes } = this.#keeper().now;
    return researcherView({
      settings,
      notes,
      learnings: this.#memory.text,
      waiting: this.#approval.waiting,
      tag: this.#tag(),
      bookings,
      prices,
      chosen: this.#chosen,
      history: this.#study ? historyOfStudy(this.#study) : [],
      calibration: calibrations(this.#study?.records ?? []),
    });
  }

  #tag(): string {
    return this.#study?.file.study ?? "";
  }
  #keeper(): StoredKeeper {
    if (!this.#stored) throw new LabError("internal", "the lab is still opening");
    return this.#stored;
  }
}

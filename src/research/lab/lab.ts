// The lab: opens what is stored, answers the page's commands, and keeps the loop going. Everything it touches of the
// browser is handed to it, so that it can be opened in a test.
import { LabError } from "../../error.ts";
import type { Json, LabLock, RawStore, Repository } from "../../repo/index.ts";
import { seedFor, seedProgram } from "../../seed/index.ts";
import { Corpora, corpusView } from "../study/texts.ts";
import { detailOf } from "../study/experiment-detail.ts";
import { ablateStudy, type ErrandTools, lastAblation, verify, verifyBundle } from "./verify-and-ablate.ts";
import { beginStudy } from "./begin-study.ts";
import { JournalKeeper } from "../study/journal.ts";
import type { ResearcherService } from "../researchers/researcher-service.ts";
import { mustBeFreeOfKeys } from "../researchers/key-scan.ts";
import { deviceView, type LabParts, type Owned, studyView } from "./parts.ts";
import { typeError } from "../loop/propose.ts";
import { viewOf } from "../study/record.ts";
import { LoopRunner } from "./loop-runner.ts";
import { isRescue, journalNames, type OpenedStore, openSound } from "../safety/open-sound.ts";
import { exportFromMemory } from "../safety/rebuild-study.ts";
import { Rescue } from "../safety/rescue.ts";
import { withRoom } from "../safety/storage-watch.ts";
import { completeSettings, settingsToGoOn } from "../contract/settings.ts";
import type { Command, ExperimentDetail, LabState, Settings } from "../contract/lab-state.ts";
import { incumbentSource, learningsOf, openStudy, readNew, type Study } from "../study/study.ts";
import { warmUp } from "./warm-up.ts";
import type { Measurement } from "../../runner/index.ts";
import { submitProposal } from "./submit-proposal.ts";
import { firstStage, tellNotice } from "./loop-listener.ts";

/** What a reader keeps of the study it looks at, while the owner works on another. */
const OF_THE_STUDY = ["study", "experiments", "incumbentSource", "ablation"];

export class Lab {
  readonly #parts: LabParts;
  readonly #corpora: Corpora;
  #repository: Repository | null = null;
  #store: RawStore | null = null;
  /** After damage, until the human has decided. */
  #rescue: Rescue | null = null;
  #journal: JournalKeeper | null = null;
  #owned: Owned | null = null;
  #study: Study | null = null;
  readonly #running: LoopRunner;
  /** Of a reader: what the owner shows, and whether this tab looks at another study. */
  #owners: Partial<LabState> = {};
  #browses = false;

  constructor(parts: LabParts) {
    this.#parts = parts;
    const event: LabParts["event"] = (happened) => {
      parts.event(happened);
      if (happened.type === "experiment" && this.#study) void parts.copies.changed(this.#study.file.study);
    };
    this.#running = new LoopRunner({ ...parts, event }, (error) => {
      this.#stopped(error);
    });
    this.#corpora = new Corpora(parts.corpora, (corpusProgress) => {
      parts.publisher.set({ corpusProgress });
    });
  }

  /** Opens the lab, resumes a study that was running; a failure becomes the phase `failed` with its line. */
  async open(): Promise<void> {
    try {
      const lock = await this.#parts.acquire();
      if (lock) await this.#openOwned(lock);
      else await this.#openReadOnly();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #openOwned(lock: LabLock): Promise<void> {
    const { publisher } = this.#parts;
    publisher.set({ phase: "opening", program: seedProgram, incumbentSource: seedFor("laptop").source });
    void lock.lost.then((reason) => {
      void this.#running.stopNow();
      this.#fail(new LabError("lock", reason));
    });
    this.#parts.tabs.own(() => publisher.state);
    await this.#parts.copies.open();
    await this.#openStore();
  }

  /** What is stored, if it is what it was when its last write was acknowledged; else what is left of it. */
  async #openStore(): Promise<void> {
    const opened = await this.#told("Reading the notebook", (tell) =>
      openSound(this.#parts.store, (read) => tell(read, 0)),
    );
    if (isRescue(opened)) this.#showDamage(opened);
    else await this.#openFound(opened);
  }

  async #openFound({ store, repository: found, study }: OpenedStore): Promise<void> {
    const { publisher, runner, watch, copies } = this.#parts;
    const patient = () => ["running", "stopping"].includes(publisher.state.phase);
    const repository = (this.#repository = withRoom(found, watch, patient));
    this.#store = store;
    void watch.watch(store).then((lost) => {
      if (lost) this.#loseStore();
    });
    await this.#parts.desk?.open(repository);
    const journal = (this.#journal = await JournalKeeper.open(repository));
    copies.attach({
      exportBundle: (tag) => repository.exportBundle(tag),
      journals: () => journalsOf(repository, store),
    });
    const { program } = journal.now;
    if (study !== null) await this.#show(study);
    if (program !== null) publisher.set({ program });
    publisher.set({ studies: (await repository.listStudies()).map((study) => study.tag) });
    // One after the other: on a software adapter the text would disturb the measurement.
    await this.#openText();
    const device = await runner.measure();
    this.#owned = { repository, journal, device };
    publisher.set({ device: deviceView(device) });
    if (journal.now.active && this.#study) this.#run(this.#owned, this.#study);
    else publisher.set({ phase: "idle" });
    publisher.flush();
    if (this.#study) void copies.changed(this.#study.file.study);
    // The type checker takes a second to load; better now than beside a training run on a small machine.
    const listener = { notice: tellNotice.bind(null, this.#parts) };
    void typeError(
      { check: (source) => this.#parts.check(source), listener },
      publisher.state.incumbentSource,
    )
      .then(() => this.#warmUp(device))
      .catch((error: unknown) => this.#fail(error));
  }

  /** Unless Start was pressed: what it needs is compiled then. */
  async #warmUp(device: Measurement): Promise<void> {
    const [study, corpus] = [this.#study, this.#corpora.current];
    if (this.#parts.publisher.state.phase !== "idle" || corpus === null) return;
    if (study !== null && corpus.manifest.hash !== study.file.corpusHash) return;
    await warmUp(this.#parts, { device }, study, corpus);
  }

  /** The study's text, or the embedded one; a study whose text is gone can still be read. */
  async #openText(): Promise<void> {
    const { publisher, settings } = this.#parts;
    try {
      const corpus = this.#study
        ? await this.#corpora.forStudy(this.#study.file)
        : await this.#corpora.useEmbedded(settings.vocabSize);
      publisher.set({ corpus: corpusView(corpus) });
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== "corpus" || !this.#study) throw error;
      tellNotice(this.#parts, "warning", error.message);
      const { current } = this.#corpora;
      publisher.set({ corpus: current && corpusView(current) });
    }
  }

  /** Another tab owns the lab: show what it commits, and take over when it is closed. */
  async #openReadOnly(): Promise<void> {
    const { publisher } = this.#parts;
    const store = await this.#parts.store.openStore();
    const repository = (this.#repository = await this.#parts.store.openRepository(store, { readOnly: true }));
    const studies = await repository.listStudies();
    publisher.set({ studies: studies.map((study) => study.tag), program: seedProgram });
    const tag = studies[0]?.tag;
    if (tag !== undefined) await this.#show(await this.#readStudy(repository, tag));
    publisher.set({ phase: "readonly" });
    this.#parts.tabs.follow({
      patch: (patch) => {
        this.#follow(patch);
      },
      hot: (event) => {
        this.#parts.hot(event);
      },
    });
    void this.#parts
      .wait()
      .then(async (lock) => {
        await repository.close();
        await this.#openOwned(lock);
      })
      .catch((error: unknown) => this.#fail(error));
  }

  /** What the tab that owns the lab shows now. A reader that looks at another study keeps that. */
  #follow(patch: Partial<LabState>): void {
    const { publisher } = this.#parts;
    if (publisher.state.phase !== "readonly") return;
    this.#owners = { ...this.#owners, ...patch };
    const tag = this.#owners.study?.tag;
    if (this.#browses && publisher.state.study?.tag !== tag) {
      const rest = Object.entries(patch).filter(([key]) => !OF_THE_STUDY.includes(key));
      publisher.set(Object.fromEntries(rest));
    } else {
      publisher.set(this.#browses ? this.#owners : patch);
      this.#browses = false;
    }
  }

  /** The study on the page with its newest experiments; a reader's copy of it may be behind. */
  async #current(): Promise<Study> {
    const { phase, study } = this.#parts.publisher.state;
    if (phase !== "readonly" || study === null) return this.#studyOrThrow();
    const repository = this.#opened();
    if (this.#study?.file.study !== study.tag)
      return (this.#study = await this.#readStudy(repository, study.tag));
    await readNew(repository, study.tag, this.#study);
    return this.#study;
  }

  /** Answers one command; throws a LabError whose line says why not. */
  async command(command: Command): Promise<unknown> {
    const { publisher } = this.#parts;
    try {
      return await this.#answer(command);
    } finally {
      publisher.flush();
    }
  }

  #answer(command: Command): Promise<unknown> | undefined {
    switch (command.type) {
      case "start":
        return this.#start(command.settings);
      case "new-study":
        return this.#newStudy(command.settings);
      case "open-study":
        return this.#openOther(command.tag);
      case "stop-after-run":
        this.#running.stopAfterRun();
        return undefined;
      case "stop-now":
        return this.#stopNow();
      case "save-program":
        return this.#saveProgram(command.text);
      case "submit-proposal":
        return submitProposal(this.#parts, this.#owner(), this.#studyOrThrow(), command);
      case "check-source":
        return Promise.resolve(this.#parts.check(command.source));
      case "load-experiment":
        return this.#load(command.number);
      case "export-bundle":
        return this.#export();
      case "verify":
        return verify(this.#errands(), this.#studyOrThrow(), command.number);
      case "verify-bundle":
        return verifyBundle(this.#errands(), command.bytes, command.commit, command.runs);
      case "ablate":
        return ablateStudy(this.#errands(), this.#studyOrThrow());
      case "models":
        return this.#desk().command(command.ask);
      case "import-corpus":
        return this.#useText(() => this.#corpora.useText(command.files, this.#vocabSize()));
      case "use-embedded-corpus":
        return this.#useText(() => this.#corpora.useEmbedded(this.#vocabSize()));
      case "cancel-import":
        this.#corpora.cancel();
        return undefined;
      case "dismiss-notice": {
        const { publisher } = this.#parts;
        publisher.set({ notices: publisher.state.notices.filter(({ id }) => id !== command.id) });
        return undefined;
      }
      case "settle-damage":
        return this.#settle(command.how);
      case "bring-copies":
        return this.#bringCopies(command.copies);
      case "copy-to-folder":
        return this.#parts.copies.grant(command.folder, this.#study?.file.study ?? null);
      case "copy-folder":
        return Promise.resolve(this.#parts.copies.folder);
    }
  }

  // Starting and stopping

  async #start(given: Partial<Settings>): Promise<void> {
    const owned = this.#idle();
    const study = this.#study;
    if (!study) return this.#newStudy(given);
    const settings = settingsToGoOn(studyView(study, owned.journal.now.limit), given);
    this.#parts.publisher.set({ phase: "running", error: null });
    try {
      this.#parts.publisher.set({ corpus: corpusView(await this.#corpora.forStudy(study.file)) });
      await owned.journal.update(() => ({ active: true, limit: settings.experiments }));
    } catch (error) {
      this.#parts.publisher.set({ phase: "idle" });
      throw error;
    }
    await this.#show(study);
    this.#run(owned, study);
  }

  async #newStudy(given: Partial<Settings>): Promise<void> {
    const owned = this.#idle();
    const { publisher, clock } = this.#parts;
    const settings = completeSettings(given, this.#parts.settings);
    const startedAt = clock.now();
    publisher.set({
      phase: "running",
      error: null,
      next: null,
      current: firstStage("measuring", settings.budgetSeconds, startedAt),
    });
    try {
      const study = await beginStudy(this.#parts, owned, this.#corpora, settings);
      await this.#show(study);
      this.#run(owned, study);
    } catch (error) {
      publisher.set({ phase: "idle", current: null });
      throw error;
    }
  }

  /** Begins the loop, if the study's text is there. */
  #run(owned: Owned, study: Study): void {
    const corpus = this.#corpora.current;
    if (corpus?.manifest.hash === study.file.corpusHash) this.#running.begin(owned, study, corpus);
    else this.#parts.publisher.set({ phase: "idle" });
  }

  #errands(): ErrandTools {
    return { parts: this.#parts, owned: this.#idle(), corpora: this.#corpora, running: this.#running };
  }

  async #stopNow(): Promise<void> {
    this.#parts.watch.giveUp();
    this.#corpora.cancel(); // a new study may still be reading its text
    await this.#running.stopNow();
  }

  /** What ended the loop other than a person. Want of room is no fault of the store: Start tries again. */
  #stopped(error: unknown): void {
    if (!(error instanceof LabError) || error.code !== "full" || this.#parts.watch.lost) {
      this.#fail(error);
      return;
    }
    tellNotice(this.#parts, "error", error.message);
    this.#parts.publisher.set({ phase: "idle", current: null, next: null });
    this.#parts.publisher.flush();
  }

  // After damage

  #showDamage(rescue: Rescue): void {
    const { publisher } = this.#parts;
    this.#rescue = rescue;
    this.#repository = rescue.repository;
    this.#owned = this.#journal = null;
    this.#study = rescue.study;
    const { view } = rescue;
    const study = rescue.study;
    publisher.set({
      phase: "damaged",
      damage: view,
      error: view.problems[0] ?? null,
      current: null,
      next: null,
      study: study && studyView(study, 0),
      studies: view.studies.map(({ tag }) => tag),
      experiments: study?.records.map(viewOf) ?? [],
      ...(study ? { incumbentSource: incumbentSource(study) } : {}),
    });
    publisher.flush();
  }

  async #settle(how: "continue" | "anew"): Promise<void> {
    const { publisher, store, copies, watch } = this.#parts;
    const rescue = this.#rescue;
    if (rescue === null) throw new LabError("value", "the store is not damaged");
    watch.leave();
    await rescue.settle(how, store);
    if (how === "anew") await copies.clearOwn();
    await rescue.close();
    this.#rescue = this.#study = null;
    publisher.set({ phase: "opening", damage: null, error: null, study: null, experiments: [], studies: [] });
    await this.#openStore();
  }

  /** More to choose from after damage, or a lab that is put together with what a copy holds. */
  async #bringCopies(copies: readonly { name: string; bytes: Uint8Array }[]): Promise<void> {
    if (this.#rescue === null) this.#idle();
    const before = this.#rescue ?? (await this.#beginRescue([]));
    const rescue = await before.with(copies);
    if (!rescue.foundInCopies)
      throw new LabError("git", {
        what: "no study was found in what you brought",
        got: rescue.view.refused.join("; ") || copies.map(({ name }) => name).join(", ") || "nothing",
        expected: "a bundle that Overnight exported",
      });
    this.#showDamage(rescue);
  }

  async #beginRescue(problems: readonly string[]): Promise<Rescue> {
    const { witness, copies } = this.#parts.store;
    return Rescue.begin({
      store: this.#store,
      problems,
      witness: (await witness?.read()) ?? null,
      copies: await copies(),
    });
  }

  /** The study as a bundle: from the repository, or from what is left of it, or from this tab's memory. */
  async #export(): Promise<Uint8Array<ArrayBuffer>> {
    const study = await this.#current();
    const tag = study.file.study;
    const { scratch, watch, publisher } = this.#parts;
    if (watch.lost) return exportFromMemory(await scratch(), study, publisher.state.program);
    if (this.#rescue) return this.#rescue.exportBundle(tag);
    try {
      return await this.#told(`Packing study ${tag}`, (tell) => this.#opened().exportBundle(tag, tell));
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== "git" || !this.#store) throw error;
      const rescue = await this.#beginRescue([error.message]);
      const losses = rescue.view.studies.find((one) => one.tag === tag)?.losses ?? [];
      const found = losses.length === 0 ? "what is missing was found in a copy" : losses.join("; ");
      tellNotice(this.#parts, "warning", `The notebook is damaged (${error.message}). Exported: ${found}.`);
      return rescue.exportBundle(tag);
    }
  }

  /** Site data were cleared, or the disk is gone: what this tab holds is all there is. */
  #loseStore(): void {
    void this.#running.stopNow();
    this.#fail(new LabError("storage", "the browser deleted this site's data, and with them the notebook"));
  }

  #fail(error: unknown): void {
    const line = error instanceof Error ? error.message : String(error);
    const { publisher, event } = this.#parts;
    publisher.set({ phase: "failed", error: line, current: null, next: null, corpusProgress: null });
    publisher.flush();
    event({ type: "notice", level: "error", text: line });
  }

  // What the human brings

  async #saveProgram(text: string): Promise<void> {
    const { desk } = this.#parts;
    if (desk) mustBeFreeOfKeys({ "program.md": text }, desk.keys, "program.md");
    await this.#owner().journal.update(() => ({ program: text }));
    this.#parts.publisher.set({ program: text });
  }

  async #useText(open: () => ReturnType<Corpora["useEmbedded"]>): Promise<void> {
    this.#idle();
    const corpus = corpusView(await open());
    this.#parts.publisher.set({ corpus });
    // The page shows the number beside the text.
    const text = `${corpus.name}: ${corpus.skipped} lines without a text were left out`;
    if (corpus.skipped > 0) this.#parts.event({ type: "notice", level: "warning", text });
  }

  #vocabSize(): number {
    return this.#corpora.current?.manifest.vocabSize ?? this.#parts.settings.vocabSize;
  }

  // What is there

  async #openOther(tag: string): Promise<void> {
    const repository = this.#opened();
    const { phase } = this.#parts.publisher.state;
    if (phase !== "readonly") this.#idle();
    let study: Study;
    try {
      study = await this.#readStudy(repository, tag);
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== "git" || !this.#owned) throw error;
      this.#showDamage(await this.#beginRescue([error.message]));
      return;
    }
    if (this.#owned) {
      const program = await repository.readFile(study.incumbentCommit, "program.md");
      await this.#owned.journal.update(() => ({
        tag,
        program,
        slot: null,
        queue: [],
        sentBack: [],
        limit: 0,
      }));
      this.#parts.publisher.set({ program });
    }
    await this.#show(study);
    this.#browses = phase === "readonly";
    if (this.#owned) await this.#openText();
  }

  /** Reads a study; the page hears how far it is. */
  #readStudy(repository: Repository, tag: string): Promise<Study> {
    return this.#told(`Reading study ${tag}`, (tell) => openStudy(repository, tag, (read) => tell(read, 0)));
  }

  async #told<T>(
    what: string,
    work: (tell: (done: number, total: number) => void) => Promise<T>,
  ): Promise<T> {
    const { publisher } = this.#parts;
    try {
      return await work((done, total) => {
        publisher.set({ studyProgress: { what, done, total } });
      });
    } finally {
      publisher.set({ studyProgress: null });
    }
  }

  async #load(number: number): Promise<ExperimentDetail> {
    const peak = this.#owned?.device.flopsPerSecond ?? null;
    return detailOf(this.#opened(), await this.#current(), number, peak);
  }

  #desk(): ResearcherService {
    this.#owner();
    const { desk } = this.#parts;
    if (!desk) throw new LabError("internal", "this lab has one researcher alone");
    return desk;
  }

  /** Puts a study on the page. */
  async #show(study: Study): Promise<void> {
    this.#study = study;
    const { publisher } = this.#parts;
    const limit = this.#journal?.now.limit ?? 0;
    const patch = {
      ablation: await lastAblation(this.#opened(), study.file.study),
      study: studyView(study, limit),
      experiments: study.records.map(viewOf),
      incumbentSource: incumbentSource(study),
    };
    publisher.set(patch);
    const learnings = await learningsOf(this.#opened(), study.file.study);
    if (this.#journal) this.#parts.desk?.show(study, learnings, limit);
    if (!this.#journal) {
      publisher.set({ program: await this.#opened().readFile(study.incumbentCommit, "program.md") });
    }
  }

  #opened(): Repository {
    if (!this.#repository) throw new LabError("storage", "the repository is not open yet");
    return this.#repository;
  }

  #owner(): Owned {
    if (this.#owned) return this.#owned;
    const { phase, error } = this.#parts.publisher.state;
    if (phase === "readonly") throw new LabError("lock", "another tab owns the lab; this one only reads");
    if (phase === "damaged")
      throw new LabError("storage", {
        what: "the store is damaged, so nothing is written to it",
        hint: "decide first what to go on with",
      });
    throw new LabError("internal", error ?? "the lab is still opening");
  }

  #idle(): Owned {
    const owned = this.#owner();
    const { phase } = this.#parts.publisher.state;
    if (phase !== "idle") throw new LabError("value", { what: `the lab is ${phase}`, hint: "stop it first" });
    return owned;
  }

  #studyOrThrow(): Study {
    if (!this.#study) throw new LabError("value", { what: "there is no study yet", hint: "press Start" });
    return this.#study;
  }
}

/** Journals that go along with a copy: all but transcripts, which would outgrow it. */
async function journalsOf(repository: Repository, store: RawStore): Promise<Record<string, Json>> {
  const found: Record<string, Json> = {};
  for (const name of journalNames(await store.keys()))
    if (!name.startsWith("transcript-")) found[name] = (await repository.readJournal(name)) ?? null;
  return found;
}

// The lab: opens what is stored, answers the page's commands, and keeps the loop going. Everything it touches of the
// browser is handed to it, so that it can be opened in a test.
import { LabError } from "../../error.ts";
import type { LabLock, Repository } from "../../repo/index.ts";
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
import { completeSettings, settingsToGoOn } from "../contract/settings.ts";
import type { Command, ExperimentDetail, Settings } from "../contract/lab-state.ts";
import { incumbentSource, learningsOf, openStudy, readNew, type Study } from "../study/study.ts";
import { submitProposal } from "./submit-proposal.ts";
import { firstStage, tellNotice } from "./loop-listener.ts";

const REREAD = 4000; // ms between two looks at what the tab that owns the lab has committed

export class Lab {
  readonly #parts: LabParts;
  readonly #corpora: Corpora;
  #repository: Repository | null = null;
  #journal: JournalKeeper | null = null;
  #owned: Owned | null = null;
  #study: Study | null = null;
  readonly #running: LoopRunner;

  constructor(parts: LabParts) {
    this.#parts = parts;
    this.#running = new LoopRunner(parts, (error) => {
      this.#fail(error);
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
    const { publisher, runner } = this.#parts;
    publisher.set({ phase: "opening", program: seedProgram, incumbentSource: seedFor("laptop").source });
    void lock.lost.then((reason) => {
      void this.#running.stopNow();
      this.#fail(new LabError("lock", reason));
    });
    const repository = (this.#repository = await this.#parts.openRepository(false));
    const { problems } = await repository.verify();
    if (problems.length > 0) {
      throw new LabError("git", {
        what: `the repository is damaged: ${problems[0] ?? ""}`,
        hint: "nothing is written to it; export what can be read",
      });
    }
    await this.#parts.desk?.open(repository);
    const journal = (this.#journal = await JournalKeeper.open(repository));
    const { tag, program } = journal.now;
    if (tag !== null) await this.#show(await this.#openStudy(repository, tag));
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
    // The type checker takes a second to load; better now than beside a training run on a small machine.
    const listener = { notice: tellNotice.bind(null, this.#parts) };
    void typeError(
      { check: (source) => this.#parts.check(source), listener },
      publisher.state.incumbentSource,
    );
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
    const { publisher, clock } = this.#parts;
    const repository = (this.#repository = await this.#parts.openRepository(true));
    const studies = await repository.listStudies();
    publisher.set({ studies: studies.map((study) => study.tag), program: seedProgram });
    const tag = studies[0]?.tag;
    if (tag !== undefined) await this.#show(await this.#openStudy(repository, tag));
    publisher.set({ phase: "readonly" });
    const freed = new AbortController();
    const watch = async () => {
      while (!freed.signal.aborted) {
        await clock.sleep(REREAD, freed.signal);
        const study = this.#study;
        if (!freed.signal.aborted && study && (await readNew(repository, study.file.study, study)))
          await this.#show(study);
      }
    };
    void Promise.all([
      watch(),
      this.#parts.wait().then(async (lock) => {
        freed.abort();
        await repository.close();
        await this.#openOwned(lock);
      }),
    ]).catch((error: unknown) => this.#fail(error));
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
        return this.#export(this.#studyOrThrow().file.study);
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
    this.#corpora.cancel(); // a new study may still be reading its text
    await this.#running.stopNow();
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
    const study = await this.#openStudy(repository, tag);
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
    if (this.#owned) await this.#openText();
  }

  /** Reads a study; the page hears how far it is. */
  #openStudy(repository: Repository, tag: string): Promise<Study> {
    return this.#told(`Reading study ${tag}`, (tell) => openStudy(repository, tag, (read) => tell(read, 0)));
  }

  #export(tag: string): Promise<Uint8Array> {
    return this.#told(`Packing study ${tag}`, (tell) => this.#opened().exportBundle(tag, tell));
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

  #load(number: number): Promise<ExperimentDetail> {
    const peak = this.#owned?.device.flopsPerSecond ?? null;
    return detailOf(this.#opened(), this.#studyOrThrow(), number, peak);
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

// The lab: opens the store and answers the page's commands. It gets every part of the browser as an argument, so that a
// test can open it.
import { LabError, messageOf } from "../../error.ts";
import type { Json, LabLock, RawStore, Repository } from "../../repo/index.ts";
import type { Measurement } from "../../runner/index.ts";
import { seedFor, seedProgram } from "../../seed/index.ts";
import type { Command, Diagnostic, ExperimentDetail, ProgramVersion } from "../contract/lab-state.ts";
import { typeError } from "../loop/propose.ts";
import { warmUp } from "../loop/warm-up.ts";
import { programHistory } from "../claims/program-history.ts";
import { mustBeFreeOfKeys } from "../researchers/key-scan.ts";
import type { ResearcherService } from "../researchers/researcher-service.ts";
import { isRescue, journalNames, type OpenedStore, openSound } from "../safety/open-sound.ts";
import { exportFromMemory } from "../safety/rebuild-study.ts";
import { withRoom } from "../safety/storage-watch.ts";
import { detailOf } from "../study/experiment-detail.ts";
import { JournalKeeper } from "../study/journal.ts";
import type { Study } from "../study/study.ts";
import { viewOfArena } from "../arenas/study-facts.ts";
import { Damage } from "./damage.ts";
import { tellNotice } from "./loop-listener.ts";
import { deviceView, type LabParts } from "./parts.ts";
import { Reader } from "./reader.ts";
import { Session } from "./session.ts";
import { StudyControl } from "./study-control.ts";
import { submitProposal } from "./submit-proposal.ts";
import { TextOnPage } from "./text-on-page.ts";
import { ablateStudy, verifyBundle } from "./verify-and-ablate.ts";

const LOST = "the browser deleted this site's data, and with them the notebook";

export class Lab {
  readonly #parts: LabParts;
  readonly #session: Session;
  readonly #text: TextOnPage;
  readonly #damage: Damage;
  readonly #reader: Reader;
  readonly #control: StudyControl;

  constructor(parts: LabParts) {
    this.#parts = parts;
    const session = (this.#session = new Session(parts));
    this.#text = new TextOnPage(session);
    this.#damage = new Damage(session);
    this.#reader = new Reader(session);
    this.#control = new StudyControl(session, this.#text);
  }

  /** Opens the lab, resumes a study that was running; a failure becomes the phase `failed` with its line. */
  async open(): Promise<void> {
    try {
      const lock = await this.#parts.acquire();
      if (lock) await this.#openOwned(lock);
      else await this.#openReadOnly();
    } catch (error) {
      this.#session.fail(error);
    }
  }

  async #openOwned(lock: LabLock): Promise<void> {
    const { publisher } = this.#parts;
    publisher.set({ phase: "opening", program: seedProgram, incumbentSource: seedFor("laptop").source });
    void lock.lost.then((reason) => {
      this.#control.fail(new LabError("lock", reason));
    });
    this.#parts.tabs.own(() => publisher.state);
    await this.#parts.copies.open();
    await this.#openStore();
  }

  /** Opens the store, or shows the damage where acknowledged writes are missing from it. */
  async #openStore(): Promise<void> {
    const opened = await this.#session.withProgress("Reading the notebook", (tell) =>
      openSound(this.#parts.store, (read) => tell(read, 0)),
    );
    if (isRescue(opened)) this.#damage.show(opened);
    else await this.#openFound(opened);
  }

  async #openFound({ store, repository: found, study }: OpenedStore): Promise<void> {
    const { publisher, watch, copies } = this.#parts;
    const studyRuns = () => ["running", "stopping"].includes(publisher.state.phase);
    const repository = withRoom(found, watch, studyRuns);
    const session = this.#session;
    Object.assign(session, { repository, store });
    void watch.watch(store).then((lost) => {
      // Site data were cleared, or the disk is gone: the only data left are in this tab's memory.
      if (lost) this.#control.fail(new LabError("storage", LOST));
    });
    await this.#parts.service?.open(repository);
    const journal = (session.journal = await JournalKeeper.open(repository));
    copies.attach({
      exportBundle: (tag) => repository.exportBundle(tag),
      journals: () => journalsOf(repository, store),
    });
    const { program } = journal.now;
    if (study !== null) await session.show(study);
    if (program !== null) publisher.set({ program });
    await session.showStudies();
    // One after the other: on a software adapter, loading the text would disturb the measurement.
    await this.#text.open();
    const device = await this.#measured();
    const owned = (session.owned = { repository, journal, device });
    publisher.set({ device: device && deviceView(device) });
    if (journal.now.active && session.study) await this.#control.goOn(owned, session.study);
    else publisher.set({ phase: "idle" });
    publisher.flush();
    if (session.study) void copies.changed(session.study.file.study);
    void this.#parts.arenas.list().then(
      (arenas) => publisher.set({ arenas }),
      (error: unknown) => {
        tellNotice(this.#parts, "warning", `The other arenas could not be loaded: ${messageOf(error)}`);
      },
    );
    if (device === null || session.study?.file.arena !== undefined) return;
    this.#useIdleTime(device).catch((error: unknown) => {
      tellNotice(this.#parts, "warning", messageOf(error));
    });
  }

  /** Null where no device computes here and the study on the page, if there is one, needs none. */
  async #measured(): Promise<Measurement | null> {
    const { runner, publisher } = this.#parts;
    const { study } = this.#session;
    try {
      return await runner.measure();
    } catch (error) {
      const needed = publisher.state.engine !== null || (study !== null && study.file.arena === undefined);
      if (needed || !(error instanceof LabError) || error.code !== "device") throw error;
      publisher.set({ noDevice: error.message });
      return null;
    }
  }

  /** Compiles the kernels of the next run, then loads the type checker; one after the other, because a small machine has two cores. */
  async #useIdleTime(device: Measurement): Promise<void> {
    const { publisher, runner, settings } = this.#parts;
    const isIdle = () => publisher.state.phase === "idle";
    const { described } = this.#text.corpora; // null: the study's text is gone
    if (isIdle() && described !== null)
      await warmUp(runner, { device, study: this.#session.study, corpus: described, settings });
    // Once Start is pressed, the checker is loaded with the first proposal.
    if (!isIdle()) return;
    const listener = { notice: tellNotice.bind(null, this.#parts) };
    const check: LabParts["check"] = (source) => this.#parts.check(source);
    await typeError({ check, listener }, publisher.state.incumbentSource);
  }

  /** Another tab owns the lab: shows its commits, and takes over when it is closed. */
  async #openReadOnly(): Promise<void> {
    const { publisher } = this.#parts;
    const store = await this.#parts.store.openStore();
    const repository = await this.#parts.store.openRepository(store, { readOnly: true });
    const session = this.#session;
    session.repository = repository;
    const studies = await repository.listStudies();
    publisher.set({ studies: studies.map((study) => study.tag), program: seedProgram });
    const tag = studies[0]?.tag;
    if (tag !== undefined) await session.show(await session.readStudy(tag));
    publisher.set({ phase: "readonly" });
    this.#parts.tabs.follow({
      patch: (patch) => {
        this.#reader.follow(patch);
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
      .catch((error: unknown) => session.fail(error));
  }

  /** Answers one command; throws a LabError with the reason where it cannot. */
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
        return this.#control.start(command.settings);
      case "new-study":
        return this.#control.newStudy(command.settings);
      case "open-study":
        return this.#openOther(command.tag);
      case "delete-study":
        return this.#session.deleteStudy(command.tag);
      case "restore-study":
        return this.#session.restoreStudy(command.tag);
      case "list-studies":
        return this.#session.studyRows();
      case "name-study":
        return this.#session.nameStudy(command.tag, command.title);
      case "read-study":
        return this.#session.viewsOf(command.tag);
      case "program-history":
        return this.#programHistory();
      case "stop-after-run":
        this.#control.stopAfterRun();
        return undefined;
      case "stop-now":
        return this.#control.stopNow();
      case "save-program":
        return this.#saveProgram(command.text);
      case "submit-proposal":
        return submitProposal(
          { ...this.#parts, check: (source) => this.#check(source) },
          this.#session.owner(),
          this.#session.studyOnPage(),
          command,
        );
      case "check-source":
        return this.#check(command.source);
      case "assist":
        // The language service knows the types of train.ts alone.
        return this.#session.study?.file.arena === undefined
          ? this.#parts.assist(command.question)
          : Promise.resolve(null);
      case "load-experiment":
        return this.#load(command.number);
      case "export-bundle":
        return this.#export();
      case "verify":
        return this.#control.verify(command.number);
      case "verify-bundle":
        return verifyBundle(this.#control.sideTaskTools(), command.bytes, command.commit, command.runs);
      case "ablate":
        return ablateStudy(this.#control.sideTaskTools(), this.#session.studyOnPage());
      case "example-arena":
        return this.#parts.arenas.example();
      case "open-arena":
        return this.#parts.arenas.choose(command.choice).then(viewOfArena);
      case "read-columns":
        return this.#parts.arenas.columns(command.id, command.file);
      case "check-arena":
        this.#session.idle();
        return this.#parts.arenas.check(command.choice);
      case "models":
        return this.#service().command(command.ask);
      case "import-corpus":
        return this.#text.use(command.files);
      case "import-url":
        return this.#text.use(command.url);
      case "forget-download":
        return this.#text.forget(command.url);
      case "use-embedded-corpus":
        return this.#text.use(null);
      case "cancel-import":
        this.#text.corpora.cancel();
        return undefined;
      case "dismiss-notice": {
        const { publisher } = this.#parts;
        publisher.set({ notices: publisher.state.notices.filter(({ id }) => id !== command.id) });
        return undefined;
      }
      case "settle-damage":
        return this.#settle(command.how);
      case "bring-copies":
        return this.#damage.bring(command.copies);
      case "copy-to-folder":
        return this.#parts.copies.grant(command.folder, this.#session.study?.file.study ?? null);
      case "copy-folder":
        return Promise.resolve(this.#parts.copies.folder);
    }
  }

  /** Type errors of a train.ts, or errors of the compiler in a candidate of another arena. */
  async #check(source: string): Promise<readonly Diagnostic[]> {
    const { study } = this.#session;
    if (study?.file.arena === undefined) return this.#parts.check(source);
    return (await this.#parts.arenas.benchOf(study)).check(source);
  }

  // Losses and exports

  async #settle(how: "continue" | "anew"): Promise<void> {
    await this.#damage.settle(how);
    await this.#openStore();
  }

  /** The study as a bundle: from the repository, from the undamaged rest of it, or from this tab's memory. */
  async #export(): Promise<Uint8Array<ArrayBuffer>> {
    const study = await this.#reader.study();
    const { scratch, watch, publisher } = this.#parts;
    if (watch.lost) return exportFromMemory(await scratch(), study, publisher.state.program);
    return this.#damage.exportBundle(study.file.study);
  }

  async #programHistory(): Promise<readonly ProgramVersion[]> {
    return programHistory(this.#session.opened(), (await this.#reader.study()).records);
  }

  async #saveProgram(text: string): Promise<void> {
    const { service } = this.#parts;
    if (service) mustBeFreeOfKeys({ "program.md": text }, service.keys, "program.md");
    await this.#session.owner().journal.update(() => ({ program: text }));
    this.#parts.publisher.set({ program: text });
  }

  async #openOther(tag: string): Promise<void> {
    this.#session.opened();
    const { owned } = this.#session;
    const { phase } = this.#parts.publisher.state;
    if (phase !== "readonly") this.#session.idle();
    let study: Study;
    try {
      study = await this.#session.readStudy(tag);
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== "git" || !owned) throw error;
      await this.#damage.found(error);
      return;
    }
    if (owned) {
      const program = await this.#session.opened().readFile(study.incumbentCommit, "program.md");
      await owned.journal.update(() => ({
        tag,
        program,
        slot: null,
        queue: [],
        sentBack: [],
        limit: 0,
      }));
      this.#parts.publisher.set({ program });
    }
    await this.#session.show(study);
    this.#reader.browses = phase === "readonly";
    if (owned) await this.#text.open();
  }

  async #load(number: number): Promise<ExperimentDetail> {
    const peak = this.#session.owned?.device?.flopsPerSecond ?? null;
    return detailOf(this.#session.opened(), await this.#reader.study(), number, peak);
  }

  #service(): ResearcherService {
    this.#session.owner();
    const { service } = this.#parts;
    if (!service) throw new LabError("internal", "this lab has one researcher alone");
    return service;
  }
}

/** The journals stored with a copy: all but transcripts, which would be larger than the copy. */
async function journalsOf(repository: Repository, store: RawStore): Promise<Record<string, Json>> {
  const found: Record<string, Json> = {};
  for (const name of journalNames(await store.keys()))
    if (!name.startsWith("transcript-")) found[name] = (await repository.readJournal(name)) ?? null;
  return found;
}

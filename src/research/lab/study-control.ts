// Starts and stops the loop over the study on the page, and handles the error that ended it.
import { LabError } from "../../error.ts";
import type { ReplayView, Settings } from "../contract/lab-state.ts";
import { completeSettings, settingsToGoOn } from "../contract/settings.ts";
import type { Study } from "../study/study.ts";
import { corpusView } from "../study/texts.ts";
import { beginArenaStudy, beginStudy } from "./begin-study.ts";
import { firstStage, tellNotice } from "./loop-listener.ts";
import { LoopRunner } from "./loop-runner.ts";
import { type LabParts, type Owned, studyView } from "./parts.ts";
import type { Session } from "./session.ts";
import { arenaBench, gptBench, type StudyBench } from "../arenas/study-bench.ts";
import type { TextOnPage } from "./text-on-page.ts";
import { type SideTaskTools, verify } from "./verify-and-ablate.ts";

export class StudyControl {
  readonly #parts: LabParts;
  readonly #session: Session;
  readonly #text: TextOnPage;
  readonly #running: LoopRunner;

  constructor(session: Session, text: TextOnPage) {
    const parts = (this.#parts = session.parts);
    this.#session = session;
    this.#text = text;
    const event: LabParts["event"] = (happened) => {
      parts.event(happened);
      if (happened.type === "experiment" && session.study)
        void parts.copies.changed(session.study.file.study);
    };
    this.#running = new LoopRunner({ ...parts, event }, (error) => {
      this.#stopped(error);
    });
  }

  /** Goes on with the study on the page, or begins one. */
  async start(given: Partial<Settings>): Promise<void> {
    const owned = this.#session.idle();
    const { study } = this.#session;
    if (!study) return this.newStudy(given);
    const settings = settingsToGoOn(studyView(study, owned.journal.now.limit), given);
    this.#parts.publisher.set({ phase: "running", error: null });
    try {
      if (study.file.arena === undefined)
        this.#parts.publisher.set({
          corpus: corpusView(await this.#text.corpora.forStudy(study.file, true)),
        });
      await owned.journal.update(() => ({ active: true, limit: settings.experiments }));
    } catch (error) {
      this.#parts.publisher.set({ phase: "idle" });
      throw error;
    }
    await this.#session.show(study);
    await this.goOn(owned, study);
  }

  async newStudy(given: Partial<Settings>): Promise<void> {
    const owned = this.#session.idle();
    const { publisher, clock } = this.#parts;
    const settings = completeSettings(given, this.#parts.settings);
    const { arena } = settings;
    const startedAt = clock.now();
    publisher.set({
      phase: "running",
      error: null,
      next: null,
      current:
        arena === undefined
          ? firstStage("measuring", settings.budgetSeconds, startedAt)
          : firstStage("loading", 0, startedAt, "the first candidate"),
    });
    try {
      const study =
        arena === undefined
          ? await beginStudy(this.#parts, owned, this.#text.corpora, settings)
          : await beginArenaStudy(this.#parts, owned, settings, arena);
      await this.#session.show(study);
      await this.goOn(owned, study);
    } catch (error) {
      publisher.set({ phase: "idle", current: null });
      throw error;
    }
  }

  /** Begins the loop, if the study's text or the file of its arena is there. */
  async goOn(owned: Owned, study: Study): Promise<void> {
    const idle = () => this.#parts.publisher.set({ phase: "idle", current: null });
    if (study.file.arena !== undefined) {
      const bench = await this.#arenaOf(study);
      if (bench === null) idle();
      else this.#running.begin(owned, study, bench);
      return;
    }
    const corpus = this.#text.corpora.current;
    if (corpus?.manifest.hash === study.file.corpusHash)
      this.#running.begin(
        owned,
        study,
        gptBench(this.#parts, tellNotice.bind(null, this.#parts), study, corpus),
      );
    else idle();
  }

  /** Null after a notice where the arena of the study cannot be had. */
  async #arenaOf(study: Study): Promise<StudyBench | null> {
    try {
      return arenaBench(await this.#parts.arenas.benchOf(study));
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== "arena") throw error;
      tellNotice(this.#parts, "error", error.message);
      return null;
    }
  }

  /** Runs an experiment of the open study again: now, or when the run under way is judged. */
  async verify(number: number): Promise<ReplayView> {
    const study = this.#session.studyOnPage();
    const { phase, sideTask } = this.#parts.publisher.state;
    const loops = (phase === "running" || phase === "stopping") && sideTask === null;
    if (!loops) return verify(this.sideTaskTools(), study, number);
    const tools = this.#toolsFor(this.#session.owner());
    return this.#running.afterRun(() => verify(tools, study, number));
  }

  /** The tools of side tasks, such as verifying a claim. LabError "value" while a study runs. */
  sideTaskTools(): SideTaskTools {
    return this.#toolsFor(this.#session.idle());
  }

  #toolsFor(owned: Owned): SideTaskTools {
    return {
      parts: this.#parts,
      owned,
      corpora: this.#text.corpora,
      running: this.#running,
    };
  }

  stopAfterRun(): void {
    this.#running.stopAfterRun();
  }

  async stopNow(): Promise<void> {
    await this.#parts.watch.withoutWaiting(async () => {
      this.#text.corpora.cancel(); // a new study may still be reading its text
      await this.#running.stopNow();
    });
  }

  /** Handles an error that ended the loop. A full disk is no fault of the store: Start tries again. */
  #stopped(error: unknown): void {
    if (!(error instanceof LabError) || error.code !== "full" || this.#parts.watch.lost) {
      this.#session.fail(error);
      return;
    }
    tellNotice(this.#parts, "error", error.message);
    this.#parts.publisher.set({ phase: "idle", current: null, next: null });
    this.#parts.publisher.flush();
  }

  /** This tab lost the lab or its store: stops the current run, and the page gives the reason. */
  fail(error: LabError): void {
    void this.#running.stopNow();
    this.#session.fail(error);
  }
}

// Starts and stops the loop, or a side task in its place, and shows its end on the page.
import { type LabParts, type Owned, studyEvent } from "./parts.ts";
import { Control, type LoopContext } from "../experiment/context.ts";
import { type End, runLoop } from "../loop/loop.ts";
import type { SideTask } from "../contract/lab-state.ts";
import { LabError } from "../../error.ts";
import { ruleOf, type Study } from "../study/study.ts";
import { loopListener, tellNotice } from "./loop-listener.ts";
import type { StudyBench } from "../arenas/study-bench.ts";

/** Work between two experiments. */
interface Interlude {
  work(): Promise<void>;
  /** Called when the loop goes on, or has ended. */
  settle(): void;
  cancel(): void;
}

type Workbench = Pick<LoopContext, "study" | "corpus" | "runner" | "clock" | "listener">;

export class LoopRunner {
  readonly #parts: LabParts;
  readonly #fail: (error: unknown) => void;
  #control: Control | null = null;
  #loop: Promise<void> = Promise.resolve();
  readonly #interludes: Interlude[] = [];

  /** `fail` is called with the error that stopped the loop. */
  constructor(parts: LabParts, fail: (error: unknown) => void) {
    this.#parts = parts;
    this.#fail = fail;
  }

  begin(owned: Owned, study: Study, bench: StudyBench): void {
    const { publisher, event, researcher, service } = this.#parts;
    const control = (this.#control = new Control());
    publisher.set({ phase: "running", error: null });
    event(studyEvent(study, owned, bench.known));
    if (service) bench.introduce(service);
    const context: LoopContext = {
      ...this.#bench(study, bench),
      repository: owned.repository,
      journal: owned.journal,
      ...(bench.models ? { models: bench.models } : {}),
      researcher,
      manual: bench.manual,
      rule: ruleOf(study.file),
      check: (source) => bench.check(source),
      program: () => publisher.state.program,
      ...(service ? { gate: service, memory: service, outside: () => service.outside() } : {}),
    };
    this.#loop = runLoop(context, control)
      .then((end) => this.#betweenRuns(owned, study, bench, end))
      .catch((error: unknown) => {
        this.#fail(error);
      });
  }

  /**
   * Does some work when the current run is judged, then goes on. Rejects with the work's error, or with LabError
   * "cancelled" on Stop now.
   */
  afterRun<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let settle = () => this.#cancelled(reject);
      this.#interludes.push({
        work: () =>
          work().then(
            (value) => {
              settle = () => resolve(value);
            },
            (error: unknown) => {
              settle = () => reject(error);
            },
          ),
        settle: () => settle(),
        cancel: () => this.#cancelled(reject),
      });
      this.#control?.stopAfterRun();
    });
  }

  #isStopped(): boolean {
    return this.#control?.signal.aborted === true;
  }

  #cancelled(reject: (error: LabError) => void): void {
    reject(new LabError("cancelled", "the study was stopped"));
  }

  async #betweenRuns(owned: Owned, study: Study, bench: StudyBench, end: End): Promise<void> {
    const interludes = this.#interludes.splice(0);
    if (interludes.length === 0) return this.#ended(owned, study, end);
    const phase = () => this.#parts.publisher.state.phase;
    if (this.#isStopped() || phase() === "failed") {
      for (const { cancel } of interludes) cancel();
      return this.#ended(owned, study, end);
    }
    const stops = phase() === "stopping" || end !== "stopped";
    for (const { work } of interludes) if (!this.#isStopped()) await work();
    // Stop during the work ends the study as it ends a run.
    if (stops || this.#isStopped()) await this.#ended(owned, study, end);
    else if (phase() !== "failed") this.begin(owned, study, bench);
    for (const { settle } of interludes) settle();
  }

  /** Runs work that occupies the lab as the loop does and that Stop ends. Rethrows the errors of the work. */
  async sideTask<T>(
    sideTask: SideTask,
    study: Study,
    using: StudyBench,
    work: (bench: Workbench, control: Control) => Promise<T>,
  ): Promise<T> {
    const { publisher } = this.#parts;
    const control = (this.#control = new Control());
    publisher.set({ phase: "running", error: null, sideTask });
    const done = work(this.#bench(study, using), control).finally(() => {
      if (publisher.state.phase !== "failed") publisher.set({ phase: "idle", current: null });
      publisher.set({ sideTask: null });
    });
    this.#loop = done.then(
      () => undefined,
      () => undefined, // the caller of `sideTask` gets the error
    );
    return done;
  }

  #bench(study: Study, { corpus, runner }: StudyBench): Workbench {
    const { clock } = this.#parts;
    return { study, corpus, runner, clock, listener: loopListener(this.#parts, study, () => clock.now()) };
  }

  /** Finishes, judges and commits the current run; no other begins. */
  stopAfterRun(): void {
    const { publisher } = this.#parts;
    if (publisher.state.phase !== "running" || this.#control === null) return;
    publisher.set({ phase: "stopping" });
    this.#control.stopAfterRun();
  }

  /** Drops the current run, which is repeated when the study goes on. Resolves when the loop has ended. */
  async stopNow(): Promise<void> {
    this.#control?.stopNow();
    await this.#loop;
  }

  async #ended({ journal }: Owned, study: Study, end: End): Promise<void> {
    this.#parts.service?.setRehearsal(null);
    // Saved, so that a reload does not start the study again.
    await journal.update(() => ({ active: false }));
    const { publisher } = this.#parts;
    if (publisher.state.phase === "failed") return; // the lock was lost meanwhile
    if (end === "limit") {
      const count = String(study.records.length);
      tellNotice(this.#parts, "info", `Study ${study.file.study} has its ${count} experiments.`);
    }
    publisher.set({ phase: "idle", current: null, next: null });
    publisher.flush();
  }
}

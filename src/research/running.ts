// The loop as the lab holds it: begun, stopped one way or the other, and its end told to the page.
import type { Corpus } from "../prepare/index.ts";
import { type LabParts, type Owned, studyEvent } from "./lab-parts.ts";
import { Control, type LoopContext } from "./loop-context.ts";
import { type End, runLoop } from "./loop.ts";
import { ruleOf, type Study } from "./study.ts";
import { loopListener, tellNotice } from "./telling.ts";

export class Running {
  readonly #parts: LabParts;
  readonly #fail: (error: unknown) => void;
  #control: Control | null = null;
  #loop: Promise<void> = Promise.resolve();

  /** `fail` hears what stopped the loop other than a person or its limit. */
  constructor(parts: LabParts, fail: (error: unknown) => void) {
    this.#parts = parts;
    this.#fail = fail;
  }

  begin(owned: Owned, study: Study, corpus: Corpus): void {
    const { publisher, clock, event, runner, researcher, manual } = this.#parts;
    const control = (this.#control = new Control());
    publisher.set({ phase: "running", error: null });
    event(studyEvent(study, owned));
    const context: LoopContext = {
      ...{ study, corpus, repository: owned.repository, journal: owned.journal },
      ...{ runner, researcher, manual, clock, rule: ruleOf(study.file) },
      check: (source) => this.#parts.check(source),
      program: () => publisher.state.program,
      listener: loopListener(this.#parts, study, () => clock.now()),
    };
    this.#loop = runLoop(context, control)
      .then((end) => this.#ended(owned, study, end))
      .catch((error: unknown) => {
        this.#fail(error);
      });
  }

  /** The run under way is finished, judged and committed; no other begins. */
  stopAfterRun(): void {
    const { publisher } = this.#parts;
    if (publisher.state.phase !== "running" || this.#control === null) return;
    publisher.set({ phase: "stopping" });
    this.#control.stopAfterRun();
  }

  /** The run under way is dropped, and repeated when the study goes on. Resolves when the loop has ended. */
  async stopNow(): Promise<void> {
    this.#control?.stopNow();
    await this.#loop;
  }

  async #ended({ journal }: Owned, study: Study, end: End): Promise<void> {
    // Remembered, so that a reload does not start the study again.
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

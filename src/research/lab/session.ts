// The open parts of the lab: the store and its repository, the journal if this tab owns the lab, and the study on the
// page.
import { LabError, messageOf } from "../../error.ts";
import type { RawStore, Repository } from "../../repo/index.ts";
import type { StudyRow } from "../contract/lab-state.ts";
import type { JournalKeeper } from "../study/journal.ts";
import { viewOf } from "../study/record.ts";
import { incumbentSource, learningsOf, openStudy, type Study } from "../study/study.ts";
import { type LabParts, type Owned, studyView } from "./parts.ts";
import { lastAblation } from "./verify-and-ablate.ts";

type Tell = (done: number, total: number) => void;

export class Session {
  readonly parts: LabParts;
  repository: Repository | null = null;
  store: RawStore | null = null;
  journal: JournalKeeper | null = null;
  owned: Owned | null = null;
  study: Study | null = null;

  constructor(parts: LabParts) {
    this.parts = parts;
  }

  /** The open repository. LabError "storage" while there is none. */
  opened(): Repository {
    if (!this.repository) throw new LabError("storage", "the repository is not open yet");
    return this.repository;
  }

  /** The owned parts. LabError with the reason where this tab may not write. */
  owner(): Owned {
    if (this.owned) return this.owned;
    const { phase, error } = this.parts.publisher.state;
    if (phase === "readonly") throw new LabError("lock", "another tab owns the lab; this one only reads");
    if (phase === "damaged")
      throw new LabError("storage", {
        what: "the store is damaged, so nothing is written to it",
        hint: "choose first: continue with the remaining data, restore from a bundle, or start anew",
      });
    throw new LabError("internal", error ?? "the lab is still opening");
  }

  /** As `owner`, and LabError "value" while a study runs. */
  idle(): Owned {
    const owned = this.owner();
    const { phase } = this.parts.publisher.state;
    if (phase !== "idle") throw new LabError("value", { what: `the lab is ${phase}`, hint: "stop it first" });
    return owned;
  }

  /** The study on the page. LabError "value" where there is none. */
  studyOnPage(): Study {
    if (!this.study) throw new LabError("value", { what: "there is no study yet", hint: "press Start" });
    return this.study;
  }

  /** Puts a study on the page. */
  async show(study: Study): Promise<void> {
    this.study = study;
    const { publisher, service } = this.parts;
    const limit = this.journal?.now.limit ?? 0;
    publisher.set({
      ablation: await lastAblation(this.opened(), study.file.study),
      study: studyView(study, limit),
      experiments: study.records.map(viewOf),
      incumbentSource: incumbentSource(study),
    });
    const learnings = await learningsOf(this.opened(), study.file.study);
    if (this.journal) service?.show(study, learnings, limit);
    else publisher.set({ program: await this.opened().readFile(study.incumbentCommit, "program.md") });
  }

  /** Puts the names of all studies on the page. */
  async showStudies(): Promise<void> {
    const repository = this.opened();
    this.parts.publisher.set({
      studies: (await repository.listStudies()).map(({ tag }) => tag),
      deleted: await repository.deletedStudies(),
    });
  }

  /** Takes a study out of the list. LabError "value" for the one on the page, or while a study runs. */
  async deleteStudy(tag: string): Promise<void> {
    const { repository } = this.idle();
    if (this.study?.file.study === tag)
      throw new LabError("value", { what: `study ${tag} is open`, hint: "open another one, then delete it" });
    await repository.deleteStudy(tag);
    await this.showStudies();
  }

  async restoreStudy(tag: string): Promise<void> {
    await this.idle().repository.restoreStudy(tag);
    await this.showStudies();
  }

  async studyRows(): Promise<readonly StudyRow[]> {
    const repository = this.opened();
    const rows: StudyRow[] = [];
    for (const { tag } of await repository.listStudies()) {
      const entries = await repository.log(`notebook/${tag}`);
      // The first two commits open the study and its notebook; every other one is an experiment.
      rows.push({ tag, experiments: entries.length - 2, changedAt: entries[0]?.date.getTime() ?? 0 });
    }
    return rows;
  }

  /** Reads a study; the page shows the progress. */
  readStudy(tag: string): Promise<Study> {
    const repository = this.opened();
    return this.withProgress(`Reading study ${tag}`, (tell) =>
      openStudy(repository, tag, (read) => tell(read, 0)),
    );
  }

  async withProgress<T>(what: string, work: (tell: Tell) => Promise<T>): Promise<T> {
    const { publisher } = this.parts;
    try {
      return await work((done, total) => {
        publisher.set({ studyProgress: { what, done, total } });
      });
    } finally {
      publisher.set({ studyProgress: null });
    }
  }

  fail(error: unknown): void {
    const line = messageOf(error);
    const { publisher, event } = this.parts;
    publisher.set({ phase: "failed", error: line, current: null, next: null, corpusProgress: null });
    publisher.flush();
    event({ type: "notice", level: "error", text: line });
  }
}

// A tab that does not own the lab: it mirrors the owner's page, or shows another study that its human has opened.
import type { LabState } from "../contract/lab-state.ts";
import { readNew, type Study } from "../study/study.ts";
import type { Session } from "./session.ts";

/** Parts of the state that belong to the study on the page. */
const OF_THE_STUDY = ["study", "experiments", "incumbentSource", "ablation"];

export class Reader {
  readonly #session: Session;
  /** The merged state that the owner has sent. */
  #owners: Partial<LabState> = {};
  /** Whether this tab shows a study that the owner does not have open. */
  browses = false;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Shows a change of the owner's page; a tab that shows another study keeps it. */
  follow(patch: Partial<LabState>): void {
    const { publisher } = this.#session.parts;
    if (publisher.state.phase !== "readonly") return;
    this.#owners = { ...this.#owners, ...patch };
    const tag = this.#owners.study?.tag;
    if (this.browses && publisher.state.study?.tag !== tag) {
      const rest = Object.entries(patch).filter(([key]) => !OF_THE_STUDY.includes(key));
      publisher.set(Object.fromEntries(rest));
    } else {
      publisher.set(this.browses ? this.#owners : patch);
      this.browses = false;
    }
  }

  /** The study on the page with its newest experiments, which a reader's copy in memory may lack. */
  async study(): Promise<Study> {
    const session = this.#session;
    const { phase, study: shown } = session.parts.publisher.state;
    if (phase !== "readonly" || shown === null) return session.studyOnPage();
    if (session.study?.file.study !== shown.tag) return (session.study = await session.readStudy(shown.tag));
    await readNew(session.opened(), shown.tag, session.study);
    return session.study;
  }
}

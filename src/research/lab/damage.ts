// A damaged store: the page shows the rest of it, and nothing is written before the human has decided. A sound lab uses
// this too, when the human brings copies to it or an export meets damage.
import { LabError } from "../../error.ts";
import { viewOf } from "../study/record.ts";
import { incumbentSource } from "../study/study.ts";
import type { Copy } from "../../repo/index.ts";
import { Rescue } from "../safety/rescue.ts";
import { tellNotice } from "./loop-listener.ts";
import { studyView } from "./parts.ts";
import type { Session } from "./session.ts";

export class Damage {
  readonly #session: Session;
  /** Set from the discovery of the damage to the human's decision. */
  #rescue: Rescue | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Shows the undamaged rest on the page. The session then owns nothing, so that nothing is written. */
  show(rescue: Rescue): void {
    const { view, study, repository } = rescue;
    this.#rescue = rescue;
    Object.assign(this.#session, { repository, study, owned: null, journal: null });
    const { publisher } = this.#session.parts;
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

  /** Damage was found in a study after it was opened: shows the undamaged rest of all studies. */
  async found(error: LabError): Promise<void> {
    this.show(await this.#begin([error.message]));
  }

  /** Carries out the human's decision; the store can be opened again when it resolves. */
  async settle(how: "continue" | "anew"): Promise<void> {
    const rescue = this.#rescue;
    if (rescue === null) throw new LabError("value", "the store is not damaged");
    const { publisher, store, copies, watch } = this.#session.parts;
    watch.leave();
    await rescue.settle(how, store);
    if (how === "anew") await copies.clearOwn();
    await rescue.close();
    this.#rescue = this.#session.study = null;
    publisher.set({ phase: "opening", damage: null, error: null, study: null, experiments: [], studies: [] });
  }

  /** Adds copies to a damaged lab, or to a sound one in which nothing runs. */
  async bring(copies: readonly Copy[]): Promise<void> {
    if (this.#rescue === null) this.#session.idle();
    const before = this.#rescue ?? (await this.#begin([]));
    const rescue = await this.#session.withProgress("Reading the copies", (tell) => {
      tell(0, 0);
      return before.with(copies, tell);
    });
    if (!rescue.foundInCopies)
      throw new LabError("git", {
        what: "no study was found in these files",
        got: rescue.view.refused.join("; ") || copies.map(({ name }) => name).join(", ") || "nothing",
        expected: "a bundle that Overnight exported",
      });
    this.show(rescue);
  }

  /** The study as a bundle; where objects of it are missing, a bundle of the rest. */
  async exportBundle(tag: string): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#rescue) return this.#rescue.exportBundle(tag);
    const session = this.#session;
    try {
      return await session.withProgress(`Packing study ${tag}`, (tell) =>
        session.opened().exportBundle(tag, tell),
      );
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== "git" || !session.store) throw error;
      const rescue = await this.#begin([error.message]);
      const losses = rescue.view.studies.find((one) => one.tag === tag)?.losses ?? [];
      const found = losses.length === 0 ? "the missing data were found in a copy" : losses.join("; ");
      const line = `The notebook is damaged (${error.message}). Exported: ${found}.`;
      tellNotice(session.parts, "warning", line);
      return rescue.exportBundle(tag);
    }
  }

  async #begin(problems: readonly string[]): Promise<Rescue> {
    const { witness, copies } = this.#session.parts.store;
    return Rescue.begin({
      store: this.#session.store,
      problems,
      witness: (await witness?.read()) ?? null,
      copies: await copies(),
    });
  }
}

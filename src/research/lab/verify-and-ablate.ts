// The lab's side tasks: running a claim again, and measuring each kept change alone. A side task occupies the lab as
// the loop does, and Stop ends it the same way.
import { LabError } from "../../error.ts";
import {
  ablate,
  type Ablation,
  ablationJournal,
  ablationView,
  parseAblation,
  planAblation,
} from "../claims/ablation.ts";
import { contradicted, findClaim, papersOfBundle, papersOfStudy, studyOf } from "../claims/claim.ts";
import { type Corpora, corpusView } from "../study/texts.ts";
import type { LabParts, Owned } from "./parts.ts";
import { replay } from "../claims/replay.ts";
import { tellNotice } from "./loop-listener.ts";
import type { LoopRunner } from "./loop-runner.ts";
import { arenaBench, gptBench, type StudyBench } from "../arenas/study-bench.ts";
import type { AblationView, ReplayView } from "../contract/lab-state.ts";
import { plain } from "../study/kept.ts";
import type { Study } from "../study/study.ts";
import { auditNotebook, type Papers } from "../claims/audit.ts";

export interface SideTaskTools {
  readonly parts: LabParts;
  readonly owned: Owned;
  readonly corpora: Corpora;
  readonly running: LoopRunner;
}

/** Runs an experiment of the open study again. Throws LabError `value`, `corpus` or `cancelled`. */
export async function verify(tools: SideTaskTools, { file }: Study, number: number): Promise<ReplayView> {
  return verdict(tools, await papersOfStudy(tools.owned.repository, file.study), String(number), null);
}

/** The same for a study in a bundle, which is read into a temporary repository and not adopted. */
export async function verifyBundle(
  tools: SideTaskTools,
  bytes: Uint8Array,
  commit: string | null,
  runs: number | null,
): Promise<ReplayView> {
  const aside = await tools.parts.scratch();
  try {
    return await verdict(
      tools,
      await papersOfBundle(aside, await aside.importBundle(bytes, "verify")),
      commit,
      runs,
    );
  } finally {
    await aside.close();
  }
}

/** First checks that the study's papers agree with each other, then that another run agrees with them. */
async function verdict(
  tools: SideTaskTools,
  papers: Papers,
  what: string | null,
  runs: number | null,
): Promise<ReplayView> {
  const { publisher } = tools.parts;
  const audit = await auditNotebook(papers);
  const found =
    audit.contradictions.length > 0
      ? contradicted(papers, audit, what)
      : await again(tools, await studyOf(papers, audit), what, runs);
  publisher.set({
    replays: [...publisher.state.replays.filter(({ commit }) => commit !== found.commit), found],
  });
  return found;
}

async function again(
  tools: SideTaskTools,
  study: Study,
  what: string | null,
  runs: number | null,
): Promise<ReplayView> {
  const record = findClaim(study, what);
  const using = await benchOf(tools, study);
  const sideTask = { type: "verify", number: record.number } as const;
  const found = await tools.running.sideTask(sideTask, study, using, (bench, control) =>
    replay(bench, record, runs, control),
  );
  if (found === null) throw new LabError("cancelled", "the verification was stopped");
  return found;
}

/** The text or the arena the study was scored on. LabError `corpus` names both texts where another one is open. */
async function benchOf({ corpora, parts }: SideTaskTools, study: Study): Promise<StudyBench> {
  const { file } = study;
  if (file.arena !== undefined) return arenaBench(await parts.arenas.benchOf(study));
  try {
    const corpus = await corpora.forStudy(file);
    parts.publisher.set({ corpus: corpusView(corpus) });
    return gptBench(parts, tellNotice.bind(null, parts), study, corpus);
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== "corpus") throw error;
    const { current } = corpora;
    parts.publisher.set({ corpus: current && corpusView(current) });
    const here =
      current === null ? "none" : `${current.manifest.name} (${current.manifest.hash.slice(0, 12)})`;
    throw new LabError("corpus", {
      what: `the text of study ${file.study} is not here`,
      got: here,
      expected: `${file.corpusName} (${file.corpusHash.slice(0, 12)})`,
      hint: "bring the file the study was made with: --text FILE, or drop it on the page",
    });
  }
}

/** Continues or begins the ablation of the incumbent. Resolves when every change is measured or Stop was pressed. */
export async function ablateStudy(tools: SideTaskTools, study: Study): Promise<void> {
  const { parts, owned, running } = tools;
  const name = ablationJournal(study.file.study);
  const show = (now: Ablation) => {
    parts.publisher.set({ ablation: ablationView(now) });
  };
  const save = async (now: Ablation) => {
    await owned.repository.writeJournal(plain(now) as never, name);
    show(now);
  };
  const before = parseAblation(await owned.repository.readJournal(name));
  const usable = before?.incumbent === study.incumbentCommit && !ablationView(before).done;
  const start = usable ? before : planAblation(study);
  const using = await benchOf(tools, study);
  await save(start);
  await running.sideTask({ type: "ablate" }, study, using, (bench, control) =>
    ablate(bench, start, save, control),
  );
}

/** The study's last ablation as the page shows it, or null. */
export async function lastAblation(
  repository: Pick<Owned["repository"], "readJournal">,
  tag: string,
): Promise<AblationView | null> {
  const found = parseAblation(await repository.readJournal(ablationJournal(tag)));
  return found && ablationView(found);
}

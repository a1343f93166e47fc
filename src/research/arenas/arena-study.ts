// A study of an arena other than the GPT's, from its first commit to its last experiment: the same loop, verdict,
// notebook and built-in researcher, with the arena's runner. Runs in Node and in a worker, without a page.
import { LabError } from "../../error.ts";
import { type Arena, arenaRunner, type Judge, type OpenRealm } from "../../arenas/index.ts";
import { memoryStore, openRepository, type Repository } from "../../repo/index.ts";
import type { RunCorpus } from "../../runner/index.ts";
import {
  builtinResearcher,
  type Edit,
  randomResearcher,
  type Researcher,
  rewrite,
  systemClock,
} from "../../researchers/index.ts";
import type { ExperimentRecord } from "../contract/experiment.ts";
import type { LabNotice, Settings } from "../contract/lab-state.ts";
import { Control, type LoopListener } from "../experiment/context.ts";
import { type End, runLoop } from "../loop/loop.ts";
import { EMPTY_JOURNAL, JournalKeeper } from "../study/journal.ts";
import { pairedRule } from "../verdict/verdict.ts";
import { createStudy, openStudy, ruleOf, type Study, type StudyFile } from "../study/study.ts";

interface ArenaStudyOptions {
  readonly arena: Arena;
  readonly openRealm: OpenRealm;
  readonly tag: string;
  readonly researcher: "builtin" | "random";
  readonly settings: Settings;
  /** Seed of the instances. */
  readonly instances: number;
}

/** Callbacks of a study. */
interface ArenaStudyEvents {
  /** An experiment was committed; `bundle` exports the study including it. */
  experiment(record: ExperimentRecord, bundle: () => Promise<Uint8Array>): void;
  notice(level: LabNotice["level"], text: string): void;
}

/** Runs until the limit of the settings, until Stop, or until the researcher has no proposal left. */
export async function runArenaStudy(
  options: ArenaStudyOptions,
  events: ArenaStudyEvents,
  control: Control = new Control(),
): Promise<{ readonly study: Study; readonly end: End; readonly repository: Repository }> {
  const { arena, tag, instances } = options;
  const settings = settingsFor(arena, options.settings);
  const repository = await openRepository({ store: memoryStore() });
  const first = { ...EMPTY_JOURNAL, tag, active: true, limit: settings.experiments };
  const journal = await JournalKeeper.open(repository);
  const study = await journal.write(
    () => first,
    (stored) =>
      createStudy(repository, {
        tag,
        arena: fixedOf(arena, instances),
        settings,
        source: arena.first,
        program: arena.program,
        ...(arena.files === undefined ? {} : { files: arena.files }),
        createdAt: systemClock.now(),
        journal: stored,
      }),
  );
  const end = await run(options, { study, repository, journal }, events, control);
  return { study, end, repository };
}

interface Stored {
  readonly study: Study;
  readonly repository: Repository;
}

/** The study of a bundle that `runArenaStudy` exported. Throws LabError "git" for any other. */
export async function openArenaStudy(bundle: Uint8Array): Promise<Stored> {
  const repository = await openRepository({ store: memoryStore() });
  // Checked completely, then restored like a study that was deleted.
  const branches = await repository.importBundle(bundle, "deleted");
  const [tag, ...more] = await repository.deletedStudies();
  if (tag === undefined || more.length > 0)
    throw new LabError("git", {
      what: "the bundle",
      got: branches.map(({ branch }) => branch).join(", ") || "no branch",
      expected: "one study",
    });
  await repository.restoreStudy(tag);
  return { study: await openStudy(repository, tag, () => undefined, "arena"), repository };
}

/** Goes on with a stored study until it has `experiments`. Throws LabError "arena" where the arena is another now. */
export async function resumeArenaStudy(
  options: Pick<ArenaStudyOptions, "arena" | "openRealm" | "researcher"> & { readonly experiments: number },
  { study, repository }: Stored,
  events: ArenaStudyEvents,
  control: Control = new Control(),
): Promise<End> {
  const { file } = study;
  const instances = file.arena?.instances ?? 0;
  const [then, now] = [file.arena, fixedOf(options.arena, instances).arena].map(factsOf);
  const changed = [...new Set([...then.keys(), ...now.keys()])].find(
    (name) => then.get(name) !== now.get(name),
  );
  if (changed !== undefined)
    throw new LabError("arena", {
      what: `study ${file.study} began with another ${changed}`,
      got: now.get(changed) ?? "none",
      expected: then.get(changed) ?? "none",
    });
  const journal = await JournalKeeper.open(repository);
  const limit = options.experiments;
  await journal.update(() => ({ ...EMPTY_JOURNAL, tag: file.study, active: true, limit }));
  return run({ ...options, instances }, { study, repository, journal }, events, control);
}

/** The facts of a study's arena as texts, by name. */
function factsOf({ fixed, ...facts }: Partial<NonNullable<StudyFile["arena"]>> = {}): ReadonlyMap<
  string,
  string
> {
  const all = Object.entries({ ...facts, ...fixed });
  return new Map(all.map(([name, value]) => [name, JSON.stringify(value)]));
}

function run(
  options: Pick<ArenaStudyOptions, "arena" | "openRealm" | "researcher" | "instances">,
  { study, repository, journal }: Stored & { readonly journal: JournalKeeper },
  events: ArenaStudyEvents,
  control: Control,
): Promise<End> {
  const { arena, openRealm, instances } = options;
  return runLoop(
    {
      study,
      corpus: NO_TEXT,
      repository,
      journal,
      runner: arenaRunner(arena, openRealm, instances),
      researcher: researcherOf(options),
      rule: ruleOf(study.file),
      check: () => Promise.resolve([]), // the runner compiles the candidate first, and names the line of an error
      program: () => arena.program,
      manual: "",
      clock: systemClock,
      listener: listening(events, () => repository.exportBundle(study.file.study)),
    },
    control,
  );
}

/** Without random draws a second run of a candidate adds nothing; a second run of the baseline shows that. */
export const settingsFor = ({ manifest }: Arena, settings: Settings): Settings =>
  manifest.noise === "none" ? { ...settings, replicates: 2, cap: 1 } : settings;

/** How the rule of these settings judges runs of two candidates with equal code. */
export function judgeOf({ replicates, cap, minimumGain }: Settings): Judge {
  const rule = pairedRule({ replicates, cap, minimumGain });
  const same = { bytes: [], others: [], code: { candidate: 1, incumbent: 1 } };
  return (incumbent, candidate) => rule.decide({ ...same, incumbent, candidate }).verdict;
}

/** An arena's runner reads no text. */
const NO_TEXT: RunCorpus = {
  manifest: { hash: "" },
  tokenizer: { vocabSize: 0 } as RunCorpus["tokenizer"],
  train: new Uint16Array(0),
  validation: new Uint16Array(0),
  test: new Uint16Array(0),
};

/** The fixed facts of a study; those that only a GPT has are 0. */
function fixedOf({ manifest, fixed }: Arena, instances: number): Parameters<typeof createStudy>[1]["arena"] {
  const { id, title, direction, candidate, splits, budget, guards, secondary } = manifest;
  // Lower is better in every record.
  const unit = direction === "lower" ? manifest.unit : `−1 × ${manifest.unit}`;
  return {
    arena: { id, title, unit, file: candidate.file, guards, secondary, instances, ...(fixed && { fixed }) },
    corpusHash: "",
    corpusName: title,
    vocabSize: 0,
    seqLen: 0,
    budgetSeconds: budget.seconds,
    windows: splits.validation,
    scoreBatch: 1,
    tier: "software",
  };
}

function researcherOf({ arena, researcher }: Pick<ArenaStudyOptions, "arena" | "researcher">): Researcher {
  const edits = arena.edits.map(({ steps, ...words }): Edit => ({
    ...words,
    apply: (source) => rewrite(source, ...steps),
  }));
  return researcher === "random" ? randomResearcher(edits) : builtinResearcher(edits);
}

function listening(events: ArenaStudyEvents, bundle: () => Promise<Uint8Array>): LoopListener {
  const quiet = () => undefined;
  return {
    began: quiet,
    turn: quiet,
    stage: quiet,
    run: quiet,
    next: quiet,
    committed: (record) => events.experiment(record, bundle),
    notice: (level, text) => events.notice(level, text),
  };
}

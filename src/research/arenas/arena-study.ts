// A study of an arena other than the GPT's, from its first commit to its last experiment: the same loop, verdict,
// notebook and built-in researcher, with the arena's runner. Runs in Node and in a worker, without a page.
import { LabError } from "../../error.ts";
import { type Arena, arenaRunner, type OpenRealm } from "../../arenas/index.ts";
import { memoryStore, openRepository, type Repository } from "../../repo/index.ts";
import {
  builtinResearcher,
  randomResearcher,
  type Researcher,
  systemClock,
} from "../../researchers/index.ts";
import type { ExperimentRecord } from "../contract/experiment.ts";
import type { LabNotice, Settings } from "../contract/lab-state.ts";
import { Control, type LoopListener } from "../experiment/context.ts";
import { type End, runLoop } from "../loop/loop.ts";
import { EMPTY_JOURNAL, JournalKeeper } from "../study/journal.ts";
import { createStudy, openStudy, ruleOf, type Study } from "../study/study.ts";
import { editsOf, mustBeArenaOf, newArenaStudy, NO_TEXT, settingsFor } from "./study-facts.ts";

export { judgeOf, settingsFor } from "./study-facts.ts";

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
        settings,
        ...newArenaStudy(arena, instances),
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
  mustBeArenaOf(file, options.arena);
  const journal = await JournalKeeper.open(repository);
  const limit = options.experiments;
  await journal.update(() => ({ ...EMPTY_JOURNAL, tag: file.study, active: true, limit }));
  return run({ ...options, instances }, { study, repository, journal }, events, control);
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

function researcherOf({ arena, researcher }: Pick<ArenaStudyOptions, "arena" | "researcher">): Researcher {
  const edits = editsOf(arena);
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

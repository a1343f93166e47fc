// The parts that the lab needs to open, the parts that it holds once it is open, and their views on the page.
import type { Clock, Researcher } from "../../researchers/index.ts";
import type { LabLock, Repository } from "../../repo/index.ts";
import type { Measurement, Runner } from "../../runner/index.ts";
import type { Models } from "../models/model-of.ts";
import type { ArenaSource } from "../arenas/arena-source.ts";
import { arenaView } from "../arenas/study-facts.ts";
import type { CorpusSources } from "../study/texts.ts";
import type { CopyKeeper } from "../safety/copy-keeper.ts";
import type { StoreParts } from "../safety/store-parts.ts";
import type { StorageWatch } from "../safety/storage-watch.ts";
import type { ResearcherService } from "../researchers/researcher-service.ts";
import type { JournalKeeper } from "../study/journal.ts";
import type {
  AssistAnswer,
  AssistQuestion,
  DeviceView,
  Diagnostic,
  HotEvent,
  LabEvent,
  Settings,
  StudyView,
} from "../contract/lab-state.ts";
import { DEFAULT_SETTINGS } from "../contract/settings.ts";
import { incumbentOf, runsOf, type Study, studyNoise } from "../study/study.ts";
import type { Tabs } from "./tabs.ts";
import type { Publisher } from "./publisher.ts";
import { meanBpb } from "../verdict/verdict.ts";

export interface LabOutput {
  readonly publisher: Publisher;
  hot(event: HotEvent): void;
  event(event: LabEvent): void;
}

/** The parts that the lab needs to open. */
export interface LabParts extends LabOutput {
  /** The lock, or null when another tab has it. */
  acquire(): Promise<LabLock | null>;
  /** The lock, as soon as the other tab releases it. */
  wait(): Promise<LabLock>;
  readonly store: StoreParts;
  readonly copies: CopyKeeper;
  readonly watch: StorageWatch;
  readonly tabs: Tabs;
  /** A repository in memory, for reading a bundle; closing it deletes it. */
  scratch(): Promise<Repository>;
  readonly runner: Pick<Runner, "run" | "measure" | "rehearse">;
  readonly corpora: CorpusSources;
  readonly arenas: ArenaSource;
  readonly models: Models;
  readonly researcher: Researcher;
  /** Absent: `researcher` alone, without memory or gate. */
  readonly service?: ResearcherService;
  readonly manual: string;
  check(source: string): Promise<readonly Diagnostic[]>;
  assist(question: AssistQuestion): Promise<AssistAnswer | null>;
  readonly clock: Clock;
  /** Settings in the page's address. */
  readonly settings: Settings;
}

/** Parts of an open lab that this tab owns. */
export interface Owned {
  readonly repository: Repository;
  readonly journal: JournalKeeper;
  /** Null: there is none that computes, so only studies run that need none. */
  readonly device: Measurement | null;
}

export function deviceView({ flopsPerSecond, ...device }: Measurement): DeviceView {
  return { ...device, gflops: flopsPerSecond / 1e9 };
}

export function studyView(study: Study, experiments: number): StudyView {
  const { study: tag, createdAt, budgetSeconds, seed, vocabSize, corpusName, seqLen, windows } = study.file;
  const { budgetTokens = 0, arena } = study.file;
  const { rule, replicates, cap, minimumGain, earlyStop } = study.file;
  return {
    tag,
    createdAt,
    ...(arena && { arena: arenaView(arena) }),
    corpusName,
    seqLen,
    windows,
    settings: {
      budgetSeconds,
      budgetTokens,
      context: seqLen,
      seed,
      // An arena without a text has no vocabulary; 0 would be no valid setting.
      vocabSize: arena === undefined ? vocabSize : DEFAULT_SETTINGS.vocabSize,
      experiments,
      rule,
      replicates,
      cap,
      minimumGain,
      earlyStop,
    },
    ...standing(study),
  };
}

/** The parts of a study's view that a verdict may change. */
export function standing(study: Study): Pick<StudyView, "incumbent" | "bestBpb" | "noise"> {
  const best = incumbentOf(study);
  return {
    incumbent: study.incumbentCommit,
    bestBpb: best && meanBpb(runsOf(study, best)),
    noise: studyNoise(study),
  };
}

export function studyEvent(study: Study, { journal, device }: Owned, known: string | null): LabEvent {
  const { settings } = studyView(study, journal.now.limit);
  const { study: tag, corpusName, windows } = study.file;
  return {
    type: "study",
    tag,
    settings,
    device: device && deviceView(device),
    corpus: corpusName,
    known,
    windows,
  };
}

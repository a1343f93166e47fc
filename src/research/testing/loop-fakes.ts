// Fakes for the tests of the loop: a repository that can be cut off at any write, a runner that scores by a formula, a
// researcher that counts. Never imported by the lab.
import type { Brief, Clock, Proposal, Researcher } from "../../researchers/index.ts";
import type { ExperimentEntry, Json, NewExperiment, Repository } from "../../repo/index.ts";
import {
  NO_FIGURES,
  type Rehearsal,
  type RunCorpus,
  type RunEvent,
  type RunRequest,
  type RunResult,
} from "../../runner/index.ts";
import { EMPTY_JOURNAL, type Journal, JournalKeeper } from "../study/journal.ts";
import type { LoopContext, LoopListener } from "../experiment/context.ts";
import type { ExperimentRecord } from "../contract/experiment.ts";
import { fieldsOf } from "../study/commit-fields.ts";
import { parseRecord } from "../study/record.ts";
import { ruleOf, type Study, type StudyFile } from "../study/study.ts";

export const TEST_ARENA: StudyFile = {
  study: "test",
  corpusHash: "c0ffee",
  corpusName: "test",
  vocabSize: 256,
  seqLen: 16,
  budgetSeconds: 1,
  windows: 4,
  scoreBatch: 2,
  tier: "software",
  seed: 1,
  createdAt: 0,
  rule: "karpathy",
  replicates: 3,
  cap: 3,
  minimumGain: 0,
  earlyStop: false,
};

/** The same study under the paired rule. */
export const PAIRED: StudyFile = { ...TEST_ARENA, rule: "paired" };

export const sourceOf = (n: number): string => `const N = ${n}; // (0..1000)\nuse(N);\n`;

/** What survives a closed tab: commits and the journal. */
export interface Disk {
  journal: Json | undefined;
  readonly commits: { readonly oid: string; readonly experiment: NewExperiment }[];
  incumbent: string;
}

export const emptyDisk = (journal: Partial<Journal> = {}): Disk => ({
  journal: JSON.parse(JSON.stringify({ ...EMPTY_JOURNAL, tag: "test", active: true, ...journal })) as Json,
  commits: [],
  incumbent: "root",
});

/** Where the tab is closed: at write `write` (from 0), before it reached the disk or after, unacknowledged. */
export interface Cut {
  readonly write: number;
  readonly when: "before" | "after";
}

/** A store over a disk that stops answering at the cut, as a closed tab does. */
export function storeOver(disk: Disk, cut: Cut | null = null) {
  let writes = 0;
  let closed: () => void = () => undefined;
  const dead = new Promise<void>((resolve) => (closed = resolve));
  const write = async <T>(work: () => T): Promise<T> => {
    const here = cut !== null && writes === cut.write;
    const over = cut !== null && writes > cut.write;
    writes++;
    await Promise.resolve();
    if (over) return new Promise<T>(() => undefined);
    if (here) {
      if (cut.when === "after") work();
      closed();
      return new Promise<T>(() => undefined);
    }
    return work();
  };
  return {
    dead,
    writes: () => writes,
    readJournal: () => Promise.resolve(disk.journal),
    writeJournal: (value: Json) => write(() => void (disk.journal = value)),
    commitExperiment: (experiment: NewExperiment) =>
      write(() => {
        if (experiment.parent !== disk.incumbent)
          throw new Error(`parent ${experiment.parent}, tip ${disk.incumbent}`);
        const oid = `commit-${disk.commits.length}`;
        // Like the repository, this composes the notebook before anything is stored.
        const changes = experiment.notebookFiles;
        const notebookFiles = typeof changes === "function" ? changes(oid) : changes;
        disk.commits.push({ oid, experiment: { ...experiment, notebookFiles } });
        if (experiment.keep) disk.incumbent = oid;
        disk.journal = experiment.journal;
        return { experiment: oid, notebook: `notebook-${oid}` };
      }),
  } satisfies Partial<Repository> & Record<string, unknown>;
}

/** The study on the disk. */
export function studyOn(disk: Disk, seedSource = sourceOf(0), file: StudyFile = TEST_ARENA): Study {
  const records = disk.commits.map(({ oid, experiment }): ExperimentRecord => {
    const files = experiment.notebookFiles as Record<string, string>;
    const path = Object.keys(files).find((name) => name.startsWith("experiments-")) ?? "";
    const stored = parseRecord(files[path] ?? "", fieldsOf({ body: "", ...experiment }));
    return {
      ...stored,
      commit: oid,
      parentCommit: experiment.parent,
      source: experiment.files["train.ts"] ?? "",
    };
  });
  return { file, fixed: {}, seedSource, incumbentCommit: disk.incumbent, records };
}

/** A researcher that proposes `N = number of the experiment`. */
export function countingResearcher(also: (brief: Brief) => void = () => undefined): Researcher {
  return {
    name: "counting",
    free: true,
    propose: async (brief): Promise<Proposal> => {
      await Promise.resolve();
      also(brief);
      const n = brief.number + 100 * brief.rejected.length;
      return {
        hypothesis: `Try ${n}`,
        source: sourceOf(n),
        category: "count",
        researcher: "counting",
      };
    },
  };
}

const FIGURES = {
  ...NO_FIGURES,
  tokens: 10,
  steps: 2,
  seconds: 1,
  tokensPerSecond: 10,
  parameters: 5,
  peakBytes: 100,
  curve: [[0, 5] as const],
  device: "test",
};

export const scored = (valBpb: number) =>
  ({
    ...FIGURES,
    status: "scored" as const,
    valBpb,
    chunks: [valBpb],
    chunkBytes: [1],
    sample: "abc",
  }) satisfies RunResult;
/** A scored run whose chunks have a pattern of difficulty common to all models, and a difference of `wobble`. */
export const scoredIn = (valBpb: number, wobble = 0, chunks = 8): RunResult => ({
  ...scored(valBpb),
  chunks: Array.from({ length: chunks }, (_, i) => valBpb + (i % 2 === 0 ? 1 : -1) * (0.3 + wobble)),
  chunkBytes: Array.from({ length: chunks }, () => 100),
});
export const failed = (status: "crash" | "invalid", reason: string) =>
  ({ ...FIGURES, status, reason }) satisfies RunResult;
export const aborted = (reason: string): RunResult => ({
  ...FIGURES,
  status: "aborted",
  reason,
  retry: true,
  cause: "slept",
});

/** The N a test source declares. */
export const numberIn = (source: string): number => Number(/const N = (\d+)/.exec(source)?.[1] ?? NaN);

/** A runner that answers with `judge`; null: the run has no result, and only Stop now ends it. */
export function runnerOf(judge: (request: RunRequest) => RunResult | null | Promise<RunResult | null>) {
  const [requests, rehearsed]: [RunRequest[], RunRequest[]] = [[], []];
  return {
    requests,
    rehearsed,
    rehearse: (request: RunRequest): Promise<Rehearsal> => {
      rehearsed.push(request);
      const wrong = request.source.includes("does not rehearse");
      return Promise.resolve(
        wrong
          ? { status: "failed", reason: "train.ts:1: does not rehearse" }
          : {
              status: "passed",
              stepMs: 10,
              tokensPerSecond: 6400,
              peakBytes: 2 ** 20,
              parameters: 5,
              silent: "",
            },
      );
    },
    run: async (
      request: RunRequest,
      onEvent: (event: RunEvent) => void,
      signal: AbortSignal,
    ): Promise<RunResult> => {
      requests.push(request);
      onEvent({ type: "stage", stage: "training", detail: "", done: 0, total: 0 });
      await Promise.resolve();
      const result = await judge(request);
      if (result && !signal.aborted) return result;
      if (!signal.aborted)
        await new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => {
            resolve();
          });
        });
      return { ...FIGURES, status: "aborted", reason: "stopped", retry: false, cause: "stopped" };
    },
  };
}

/** A clock that never waits, records the pauses, and advances a second with every reading. */
export function testClock(): Clock & { readonly slept: number[] } {
  let now = 1_000_000;
  const slept: number[] = [];
  return { slept, now: () => (now += 1000), sleep: (ms) => Promise.resolve(void slept.push(ms)) };
}

export interface Heard {
  readonly began: number[];
  readonly turns: string[];
  readonly committed: ExperimentRecord[];
  readonly next: (string | null)[];
  readonly notices: string[];
  readonly stages: string[];
}

export function hearing(): { heard: Heard; listener: LoopListener } {
  const heard: Heard = { began: [], turns: [], committed: [], next: [], notices: [], stages: [] };
  const listener: LoopListener = {
    began: (slot) => heard.began.push(slot.number),
    turn: (side, run) => heard.turns.push(`${side} ${run}`),
    stage: (stage) => heard.stages.push(stage),
    run: () => undefined,
    committed: (record) => heard.committed.push(record),
    next: (proposal) => heard.next.push(proposal?.hypothesis ?? null),
    notice: (_level, text) => heard.notices.push(text),
  };
  return { heard, listener };
}

/** A context over a disk, with every part replaceable. */
export async function contextOver(
  disk: Disk,
  parts: Partial<LoopContext> & { store?: ReturnType<typeof storeOver>; file?: StudyFile } = {},
): Promise<LoopContext> {
  const { store = storeOver(disk), file = TEST_ARENA, ...given } = parts;
  return {
    study: studyOn(disk, undefined, file),
    corpus: {} as RunCorpus,
    repository: store,
    journal: await JournalKeeper.open(store),
    runner: runnerOf((request) => scored(10 - numberIn(request.source) / 100)),
    researcher: countingResearcher(),
    rule: ruleOf(file),
    check: () => Promise.resolve([]),
    program: () => "program",
    manual: "",
    clock: testClock(),
    listener: hearing().listener,
    ...given,
  };
}

export type { ExperimentEntry };

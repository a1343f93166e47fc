// The page of bench/repository/repository.ts: the lab's code writes, opens, exports, imports and audits a study of
// made-up experiments of realistic size, and the page measures the times.

import { type RawStore, type Repository, openRepository } from "../../src/repo/index.ts";
import { auditNotebook } from "../../src/research/claims/audit.ts";
import { papersOfBundle } from "../../src/research/claims/claim.ts";
import { guarded } from "../../src/research/researchers/key-scan.ts";
import * as notebook from "../../src/research/study/notebook.ts";
import { fourDigits, saidByCommit, wordsOf } from "../../src/research/study/commit-fields.ts";
import {
  keptFigures,
  keptRuns,
  keptSample,
  recordFile,
  recordPath,
} from "../../src/research/study/record-file.ts";
import type { ExperimentRecord, StoredRecord } from "../../src/research/contract/experiment.ts";
import { openStudy, type StudyFile } from "../../src/research/study/study.ts";
import { Rescue } from "../../src/research/safety/rescue.ts";
import { KeyRing } from "../../src/researchers/index.ts";

export interface RepositoryTimes {
  /** Milliseconds of commitExperiment, in order; none waits for a repack. */
  readonly commits: readonly number[];
  /** Milliseconds of the repacks that happened in the background. */
  readonly packs: readonly number[];
  readonly journal: number;
  readonly list: number;
  readonly verify: number;
  /** The whole study into memory, as the page opens it. */
  readonly open: number;
  /** Export: scanning for keys and packing. */
  readonly exportMs: number;
  readonly bundleBytes: number;
  readonly importMs: number;
  readonly auditMs: number;
  /** A copy brought to a lab, its studies recovered, and the store replaced. */
  readonly restoreMs: number;
  readonly storeBytes: number;
  readonly bundle: Uint8Array<ArrayBuffer>;
}

let state = 1;
function random(): number {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
}
const noise = () => random() + random() + random() - 1.5;
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] ?? (list[0] as T);
const WORDS =
  "the of rate width depth learns faster a model sees more tokens when its step is short and decay".split(
    " ",
  );
const words = (count: number) => Array.from({ length: count }, () => pick(WORDS)).join(" ");

const FILE: StudyFile = {
  study: "bench",
  corpusHash: "0".repeat(64),
  corpusName: "bench",
  vocabSize: 1024,
  seqLen: 128,
  budgetSeconds: 300,
  windows: 352,
  scoreBatch: 16,
  tier: "laptop",
  seed: 1,
  createdAt: 0,
  rule: "karpathy",
  replicates: 3,
  cap: 3,
  minimumGain: 0,
  earlyStop: false,
};
const CHUNK_BYTES = Array.from({ length: 22 }, () => 200 + Math.floor(random() * 150));
const PROBES = ["finite", "repeatable", "rows", "causality"].map((name) => ({
  name,
  passed: true,
  detail: `${name}: every position of every look, 762 times in all`,
}));
/** The dispatches of a step of the seed's model. */
const KERNELS = Array.from({ length: 32 }, (_, i) => ({
  label: `${pick(["matmul nn", "matmul tn", "adamw", "attention", "rms norm"])} ${64 * (i + 1)}x1024x64`,
  file: pick(["matmul_quad.wgsl", "shaders/adamw.wgsl", "shaders/attention.wgsl"]),
  count: 1 + (i % 4),
  flops: 8388608 * (i + 1),
  bytes: 622592 * (i + 1),
}));

/** A record like one of a night on a laptop: thousands of steps, thinned, and 32 kernels. */
function makeUp(number: number, parent: number | null, incumbentBpb: number | null): StoredRecord {
  const around = 1.4 + 0.001 * noise() - 0.05 * Math.log1p(number / 100);
  const chunks = CHUNK_BYTES.map(() => Number((around + 0.4 * noise()).toFixed(6)));
  const bytes = CHUNK_BYTES.reduce((sum, count) => sum + count, 0);
  const valBpb = chunks.reduce((sum, chunk, i) => sum + chunk * (CHUNK_BYTES[i] ?? 0), 0) / bytes;
  const keep = incumbentBpb === null || valBpb < incumbentBpb;
  const hypothesis = `${pick(["Raise", "Lower"])} ${pick(["EMBED_LR", "WIDTH", "DECAY", "WARMUP"])} from ${random().toFixed(2)} to ${random().toFixed(2)}: ${words(8)}.`;
  const reason =
    incumbentBpb === null
      ? "the first score of the study"
      : `${valBpb.toFixed(4)} is ${keep ? "lower" : "higher"} than the incumbent's ${incumbentBpb.toFixed(4)}`;
  const tokens = 12_900_000 + Math.floor(9000 * random());
  const seconds = 300 + random();
  const record = {
    number,
    parent,
    base: null,
    status: keep ? ("keep" as const) : ("discard" as const),
    hypothesis,
    category: "numeric",
    researcher: "built-in",
    expected: null,
    falsify: null,
    valBpb,
    incumbentBpb,
    reason,
    seed: 1,
    runs: keptRuns([{ seed: 1, valBpb, chunks }], keep),
    incumbentRuns: [],
    chunkBytes: CHUNK_BYTES,
    codeTokens: 800 + Math.floor(60 * random()),
    evidence: null,
    probes: PROBES,
    device: "apple metal-3",
    hidden: keep ? { testBpb: valBpb + 0.01 * noise(), valBpb } : null,
    tokens,
    tokensPerSecond: tokens / seconds,
    steps: 6300 + Math.floor(90 * random()),
    seconds,
    overheadSeconds: Number((24 + random()).toFixed(1)),
    parameters: 1_650_688,
    peakBytes: 92_390_400,
    wallSeconds: fourDigits(330 + random()),
    sample: words(96),
    finishedAt: 1_790_000_000_000 + number * 330_000,
    step: {
      kernels: KERNELS.map((kernel, i) => ({ ...kernel, ms: 10 / (i + 1) + 0.1 * noise() ** 2 })),
      modelFlops: 25165824,
      memory: {
        parameters: 65536,
        state: 131072,
        kept: 65536,
        activations: 657664,
        peak: 923904,
        limit: 2 ** 30,
      },
    },
    curve: Array.from({ length: 1500 }, (_, i) => {
      const loss = 3.1 + 3.8 * Math.exp(-i / 150) + 0.06 * noise();
      return [(300 * (i + 0.3 * random())) / 1500, loss] as const;
    }),
  } as const;
  const kept = { ...keptFigures(record, keep), sample: keptSample(record.sample, keep) };
  return { ...record, ...kept, lesson: notebook.lessonOf(record) };
}

/** `seed`: a train.ts. `store` returns the same store for each call with "bench". `now`: milliseconds. */
export async function measure(
  count: number,
  seed: string,
  store: (name: string) => Promise<RawStore>,
  now = () => performance.now(),
): Promise<RepositoryTimes> {
  async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
    const start = now();
    const value = await work();
    return [value, now() - start];
  }
  const repository = await openRepository({ store: await store("bench") });
  let source = seed;
  const fixed = {
    "arena.json": `${JSON.stringify(FILE, null, 2)}\n`,
    "README.md": words(120),
    "program.md": words(300),
  };
  let { incumbent } = await repository.createStudy({
    tag: "bench",
    files: { ...fixed, "train.ts": source },
    subject: "Begin",
    date: new Date(0),
    notebookFiles: { "results.tsv": notebook.RESULTS_HEADER, "learnings.md": notebook.LEARNINGS_HEADER },
  });
  let results = notebook.RESULTS_HEADER;
  let learnings = notebook.LEARNINGS_HEADER;
  let best: ExperimentRecord | null = null;
  const commits: number[] = [];
  const packs: number[] = [];
  for (let n = 0; n < count; n++) {
    const stored = makeUp(n, best?.number ?? null, best?.valBpb ?? null);
    const lines = source.split("\n");
    const at = Math.floor(random() * lines.length);
    const candidate = lines
      .map((line, i) => (i === at ? `${line} // ${words(3)} ${random().toFixed(3)}` : line))
      .join("\n");
    const keep = stored.status === "keep";
    learnings += notebook.learningsLine(stored);
    const [made, ms] = await timed(() =>
      repository.commitExperiment({
        tag: "bench",
        parent: incumbent,
        keep,
        ...wordsOf(stored, FILE),
        files: { ...fixed, "train.ts": candidate },
        notebookFiles: (oid) => ({
          "results.tsv": (results += notebook.resultsRow({ ...stored, commit: oid })),
          "learnings.md": learnings,
          [recordPath(n)]: recordFile(stored, saidByCommit(stored, FILE)),
        }),
        journal: { n },
        date: new Date(stored.finishedAt),
      }),
    );
    commits.push(ms);
    if (keep) {
      incumbent = made.experiment;
      source = candidate;
      best = { ...stored, commit: incumbent, parentCommit: "", source };
    }
    // Waits for the work queued behind the commit: none, or a repack. In a study minutes pass here.
    const [, waited] = await timed(() => repository.readJournal());
    if (waited > 100) packs.push(waited);
  }
  const [, journal] = await timed(() => repository.writeJournal({ stage: "training" }));
  const { bytes: storeBytes } = await repository.statistics();
  await repository.close();
  let again: Repository;
  const [, list] = await timed(async () => {
    again = guarded(await openRepository({ store: await store("bench") }), new KeyRing());
    return again.listStudies();
  });
  const [, verify] = await timed(() => again.verify());
  const [study, open] = await timed(() => openStudy(again, "bench"));
  if (study.records.length !== count) throw new Error("not all were read");
  const [bundle, exportMs] = await timed(() => again.exportBundle("bench"));
  const other = await openRepository({ store: await store("other") });
  const [branches, importMs] = await timed(() => other.importBundle(bundle, "labs/bench"));
  const [audit, auditMs] = await timed(async () => auditNotebook(await papersOfBundle(other, branches)));
  const [first] = audit.contradictions;
  if (first !== undefined) throw new Error(first.text);
  await (await openRepository({ store: await store("third") })).close();
  const third = await store("third");
  const [, restoreMs] = await timed(async () => {
    const empty = await Rescue.begin({ store: third, problems: [], witness: null, copies: [] });
    const rescue = await empty.with([{ name: "bench.bundle", bytes: bundle }]);
    if (rescue.study?.records.length !== count) throw new Error("not all were restored");
    await rescue.settle("continue", {
      witness: null,
      own: null,
      recreateStore: () => Promise.resolve(third),
    });
  });
  const bundleBytes = bundle.length;
  return {
    commits,
    packs,
    journal,
    list,
    verify,
    open,
    exportMs,
    bundleBytes,
    importMs,
    auditMs,
    restoreMs,
    storeBytes,
    bundle,
  };
}

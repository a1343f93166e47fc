// Makes a study in the page's own store without training it, in a worker of the store test. It opens the store like the
// lab, with witness and copies, so that the page finds the state that a lab would have left.

import { fileWitness, indexedDbStore, openRepository } from "../../src/repo/index.ts";
import { bundleFile, ownCopies, RECORDS_FILE } from "../../src/research/safety/copies.ts";
import { rebuildStudy } from "../../src/research/safety/rebuild-study.ts";
import { EMPTY_JOURNAL } from "../../src/research/study/journal.ts";
import type { ExperimentRecord } from "../../src/research/contract/experiment.ts";
import type { StudyFile } from "../../src/research/study/study.ts";

export interface Order {
  readonly experiments: number;
  /** Whether to leave a copy in the browser's own file system, as the lab does. */
  readonly copy: boolean;
}

const TAG = "night";

const file: StudyFile = {
  study: TAG,
  corpusHash: "0".repeat(64),
  corpusName: "a text",
  vocabSize: 256,
  seqLen: 64,
  budgetSeconds: 5,
  windows: 8,
  scoreBatch: 2,
  tier: "software",
  seed: 1,
  createdAt: 1_795_000_000_000,
  rule: "karpathy",
  replicates: 1,
  cap: 1,
  minimumGain: 0,
  earlyStop: false,
};

function record(number: number): ExperimentRecord {
  const valBpb = 4 - number / 100;
  return {
    number,
    parent: number === 0 ? null : number - 1,
    status: "keep",
    hypothesis: `Idea ${number}`,
    category: "test",
    researcher: "test",
    expected: null,
    falsify: null,
    valBpb,
    incumbentBpb: number === 0 ? null : valBpb + 0.01,
    reason: "better",
    lesson: "It helped",
    seed: 1,
    runs: [],
    incumbentRuns: [],
    chunkBytes: [],
    codeTokens: 10,
    evidence: null,
    hidden: null,
    probes: [],
    tokens: 1000,
    tokensPerSecond: 200,
    steps: 10,
    seconds: 5,
    overheadSeconds: 1,
    parameters: 1000,
    peakBytes: 1e6,
    device: "test",
    sample: "abc",
    curve: [[0, 5] as const, [5, 4] as const],
    wallSeconds: 6,
    finishedAt: file.createdAt + 60_000 * (number + 1),
    commit: "",
    parentCommit: "",
    source: `const N = ${number};\n`.repeat(40),
  };
}

async function make({ experiments, copy }: Order): Promise<void> {
  const store = await indexedDbStore("overnight");
  const witness = await fileWitness();
  if (witness === null) throw new Error("this browser has no place for a witness");
  const failed = (error: unknown) => {
    throw error;
  };
  const repository = await openRepository({ store, witness: { store: witness, last: null, failed } });
  const records = Array.from({ length: experiments }, (_, number) => record(number));
  const fixed = { "arena.json": `${JSON.stringify(file, null, 2)}\n`, "README.md": "# Study night\n" };
  const study = { file, fixed, seedSource: records[0]?.source ?? "", incumbentCommit: "", records };
  const programs = new Map([[-1, "# Look for a better model\n"]]);
  await rebuildStudy(repository, { study, programs, learnings: null, losses: [] });
  const journal = { ...EMPTY_JOURNAL, tag: TAG, program: "# Look for a better model\n", active: true };
  await repository.writeJournal(JSON.parse(JSON.stringify(journal)) as never);
  if (copy) {
    const own = await ownCopies();
    await own?.write(bundleFile(TAG), await repository.exportBundle(TAG));
    await own?.write(RECORDS_FILE, new TextEncoder().encode(JSON.stringify({ lab: journal })));
  }
  await repository.close();
}

onmessage = ({ data }: MessageEvent<Order>) => {
  make(data).then(
    () => {
      postMessage("made");
    },
    (error: unknown) => {
      postMessage(String(error));
    },
  );
};

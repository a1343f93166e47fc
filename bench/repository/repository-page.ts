// The page of bench/repository/repository.ts: a study of synthetic experiments of realistic size, timed inside a real browser.

import { type Repository, indexedDbStore, memoryStore, openRepository } from "../../src/repo/index.ts";

export interface RepositoryTimes {
  /** Milliseconds of commitExperiment, in order; none waits for a repack. */
  readonly commits: readonly number[];
  /** Milliseconds of the repacks that happened in the background. */
  readonly packs: readonly number[];
  readonly journal: number;
  readonly open: number;
  readonly verify: number;
  readonly list: number;
  readonly exportMs: number;
  readonly bundleBytes: number;
  readonly importMs: number;
  readonly storeBytes: number;
}

let state = 1;
function random(): number {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
}

/** 30 KB that looks like a train.ts: no two lines alike. */
function seedSource(): string {
  let text = "";
  for (let i = 0; text.length < 30_000; i++)
    text += `const ${["width", "depth", "rate", "decay"][i % 4] ?? ""}${i} = ${random().toFixed(6)}; // line ${i}\n`;
  return text;
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const value = await work();
  return [value, performance.now() - start];
}

export async function measure(count: number): Promise<RepositoryTimes> {
  const repository = await openRepository({ store: await indexedDbStore("bench") });
  let source = seedSource();
  const program = source.slice(0, 4000);
  let { incumbent } = await repository.createStudy({
    tag: "bench",
    files: { "train.ts": source, "program.md": program },
    notebookFiles: { "results.tsv": "", "learnings.md": "" },
    subject: "Begin",
    date: new Date(0),
  });
  let results = "commit\tval_bpb\tmemory_gb\tstatus\tdescription\n";
  const commits: number[] = [];
  const packs: number[] = [];
  for (let n = 1; n <= count; n++) {
    const at = Math.floor(random() * 29_000);
    const candidate = `${source.slice(0, at)} /* ${n} ${random()} */ ${source.slice(at + 20)}`;
    const keep = n % 6 === 0;
    results += `abcdef0\t${(1 + random()).toFixed(6)}\t0.4\t${keep ? "keep" : "discard"}\tHypothesis number ${n} of some length ${random()}\n`;
    const curve = JSON.stringify({
      curve: Array.from({ length: 200 }, (_, k) => [k, Number((4 + random()).toFixed(4))]),
    });
    const [made, ms] = await timed(() =>
      repository.commitExperiment({
        tag: "bench",
        parent: incumbent,
        keep,
        subject: `Hypothesis number ${n}`,
        body: "Because it may help.",
        trailers: [
          ["Val-Bpb", (1 + random()).toFixed(6)],
          ["Status", keep ? "keep" : "discard"],
          ["Device", "SwiftShader"],
        ],
        files: { "train.ts": candidate, "program.md": program },
        notebookFiles: {
          "results.tsv": results,
          [`experiments/${String(Math.floor(n / 100)).padStart(2, "0")}/${String(n).padStart(4, "0")}.json`]:
            curve,
        },
        journal: { n },
        date: new Date(n * 300_000),
      }),
    );
    commits.push(ms);
    if (keep) {
      incumbent = made.experiment;
      source = candidate;
    }
    // Whatever was queued behind the commit: nothing, or a repack. In a study minutes pass here.
    const [, waited] = await timed(() => repository.readJournal());
    if (waited > 100) packs.push(waited);
  }
  const [, journal] = await timed(() => repository.writeJournal({ stage: "training" }));
  const { bytes: storeBytes } = await repository.statistics();
  await repository.close();
  let again: Repository;
  const [, open] = await timed(async () => {
    again = await openRepository({ store: await indexedDbStore("bench") });
    return again.listStudies();
  });
  const [, verify] = await timed(() => again.verify());
  const [, list] = await timed(async () => {
    for await (const entry of again.experiments("bench"))
      if (entry.subject === "") throw new Error("no subject");
  });
  const [bundle, exportMs] = await timed(() => again.exportBundle("bench"));
  const other = await openRepository({ store: memoryStore() });
  const [, importMs] = await timed(() => other.importBundle(bundle, "labs/bench"));
  return {
    commits,
    packs,
    journal,
    open,
    verify,
    list,
    exportMs,
    bundleBytes: bundle.length,
    importMs,
    storeBytes,
  };
}

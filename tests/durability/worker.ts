// The worker of the kill test: opens the repository, reports its state to the server, then commits without end and
// reports each experiment when the repository acknowledges it.

import { acquireLab, fileWitness, indexedDbStore, openRepository } from "../../src/repo/index.ts";

async function post(path: string, body: unknown): Promise<void> {
  await fetch(path, { method: "POST", body: JSON.stringify(body) });
}

async function main(): Promise<void> {
  const lab = await acquireLab("kill-test");
  if (lab === null) throw new Error("the lab is owned by another tab");
  const witness = await fileWitness("kill-test-witness");
  if (witness === null) throw new Error("this browser has no place for a witness");
  const last = await witness.read();
  const failed = (error: unknown) => {
    throw error;
  };
  const beside = { store: witness, last, failed };
  // It packs often, so that kills hit repacks as well.
  const repository = await openRepository({
    store: await indexedDbStore("kill-test"),
    packAt: 60,
    witness: beside,
  });
  const { problems } = await repository.verify({ deep: true });
  // The witness may lag behind the store, but never be ahead of it, or the lab would report a damage that is none.
  const accused = last === null ? [] : await repository.missingSince(last, last.journals);
  let study = (await repository.listStudies())[0];
  const experiments: string[] = [];
  if (study !== undefined)
    for await (const entry of repository.experiments(study.tag)) experiments.push(entry.oid);
  const { packs } = await repository.statistics();
  await post("/opened", {
    problems: [...problems, ...accused],
    experiments,
    incumbent: study?.incumbent,
    journal: await repository.readJournal(),
    packs,
  });

  study ??= await repository.createStudy({
    tag: "kill",
    files: { "train.ts": "let n = 0;\n" },
    notebookFiles: { "results.tsv": "" },
    subject: "Begin",
    date: new Date(),
  });
  let incumbent = study.incumbent;
  for (let n = experiments.length + 1; ; n++) {
    const keep = n % 3 === 0;
    const made = await repository.commitExperiment({
      tag: "kill",
      parent: incumbent,
      keep,
      subject: `Experiment ${n}`,
      trailers: [["Status", keep ? "keep" : "discard"]],
      files: { "train.ts": `let n = ${n};\n`.repeat(300) },
      notebookFiles: {
        "results.tsv": "x\n".repeat(n),
        [`experiments/${n % 100}/${n}.json`]: String(n),
      },
      journal: { experiment: n },
      date: new Date(),
    });
    if (keep) incumbent = made.experiment;
    await post("/acknowledged", { experiment: made.experiment, n, keep });
  }
}

main().catch((error: unknown) => post("/failed", String(error)));

import { expect, it } from "vitest";
import { memoryStore, openRepository, studyBranch } from "../../repo/index.ts";
import { installLocks } from "../../repo/testing/power-cut.ts";

installLocks();

it("a kept fork has the commit it was made from as its first parent and the beaten incumbent as its second", async () => {
  const repository = await openRepository({ store: memoryStore(), packAt: 0 });
  const date = new Date(0);
  const common = { tag: "t", date, trailers: [["Experiment", "0"]] as const };
  const { incumbent } = await repository.createStudy({
    tag: "t",
    date,
    subject: "Open",
    files: { "train.ts": "0" },
    notebookFiles: { "results.tsv": "" },
  });
  const commit = async (subject: string, parent: string, keep: boolean, base?: string) =>
    (
      await repository.commitExperiment({
        ...common,
        subject,
        parent,
        keep,
        files: { "train.ts": subject },
        notebookFiles: { "results.tsv": subject },
        ...(base === undefined ? {} : { base }),
      })
    ).experiment;
  const first = await commit("first", incumbent, true);
  const second = await commit("second", first, true);
  const lost = await commit("lost fork", second, false, incumbent);
  expect((await repository.readCommit(lost)).parents).toEqual([incumbent]);
  const fork = await commit("fork", second, true, first);
  expect((await repository.readCommit(fork)).parents).toEqual([first, second]);
  const line = (await repository.log(studyBranch("t"))).map(({ oid }) => oid);
  expect(line).toEqual([fork, first, incumbent]);
  expect((await repository.listStudies())[0]?.incumbent).toBe(fork);
  expect((await repository.verify({ deep: true })).problems).toEqual([]);
  // A commit on the old incumbent is refused.
  await expect(commit("late", second, true)).rejects.toThrow(/changed since this experiment began/);
});

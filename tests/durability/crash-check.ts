// Checks an exported study with real git: it is intact, and contains each acknowledged experiment once.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { git, scratch } from "../e2e/lab.ts";
import type { Acknowledged } from "./crash-lab.ts";

/** The problems, one line each. Throws git's message when the bundle is not a repository. */
export function problemsOf(
  tag: string,
  bundle: Uint8Array,
  acknowledged: readonly Acknowledged[],
): readonly string[] {
  const folder = scratch();
  try {
    writeFileSync(join(folder, "study.bundle"), bundle);
    git(folder, "clone", "-q", "study.bundle", "study");
    const study = join(folder, "study");
    const problems = lines(git(study, "fsck", "--strict", "--full"));
    const notebook = `origin/notebook/${tag}`;
    const format = "--format=%P %(trailers:key=Experiment,valueonly,separator=%x20)";
    // The notebook's first commit has one parent and no number.
    const entries = lines(git(study, "log", "--reverse", "--first-parent", format, notebook)).slice(1);
    const found = new Map<number, string>();
    for (const [, commit = "", number = ""] of entries.map((entry) => entry.split(" "))) {
      if (found.has(Number(number))) problems.push(`${tag}: experiment ${number} was judged twice`);
      else if (Number(number) !== found.size)
        problems.push(`${tag}: experiment ${number} is at ${found.size}`);
      found.set(Number(number), commit);
    }
    for (const { number, commit } of acknowledged)
      if (found.get(number) !== commit)
        problems.push(
          `${tag}: experiment ${number} was acknowledged as ${commit}, it is ${found.get(number) ?? "lost"}`,
        );
    const rows = lines(git(study, "show", `${notebook}:results.tsv`)).length - 1;
    if (rows !== found.size) problems.push(`${tag}: results.tsv has ${rows} rows, not ${found.size}`);
    const kept = lines(git(study, "rev-list", "--first-parent", `origin/autoresearch/${tag}`));
    const stray = kept.slice(0, -1).find((commit) => ![...found.values()].includes(commit));
    if (stray !== undefined) problems.push(`${tag}: the study's branch has ${stray}, its notebook has not`);
    return problems;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line.trim() !== "");

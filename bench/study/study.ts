// Whole studies by researchers without a key, on a tiny arena: how far the frontier falls, how many experiments crash
// or repeat, and the built-in researcher compared with random search for the same number of runs. Prints one JSON line
// per study and a summary at the end. Studies that are in `--out` already are not run again; several processes with
// other seeds or researchers may share a file.
//
//   npx tsx bench/study/study.ts --experiments 60 --seeds 1,2,3,4,5 --researchers builtin,random --out bench/data/studies.jsonl
//   npx tsx bench/study/study.ts --experiments 60 --seeds 1 --researchers builtin --browser
//   npx tsx bench/study/study.ts --text russian --budget-tokens 4096 --researchers builtin
//
// `--text` is `english`, `russian` (made here) or a file. compare.ts runs pairs of studies without the lab, far cheaper.
//
// Budgets are in tokens, so that the results do not depend on the machine's load. Without `--browser` the lab's realms
// run in this process, on Node's WebGPU (study-realm.ts), where pipelines stay compiled from run to run.
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { normaliseSource } from "../../src/researchers/index.ts";
import type { LabEvent } from "../../src/research/contract/lab-state.ts";
import { median } from "../shared/median.ts";
import { studyInBrowser } from "./study-browser.ts";
import { openNodeStudies } from "./study-node.ts";
import type { RunStudy } from "./study-options.ts";
import { readStudies, type StudyResult } from "./study-results.ts";
import { textNamed } from "./texts.ts";
import { tinySeed } from "./tiny-seed.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    experiments: { ...text, default: "60" },
    seeds: { ...text, default: "1,2,3,4,5" },
    "budget-tokens": { ...text, default: "8192" },
    context: { ...text, default: "32" },
    researchers: { ...text, default: "builtin,random" },
    text: { ...text, default: "english" },
    browser: { type: "boolean", default: false },
    out: text,
  },
});

type Experiment = Extract<LabEvent, { type: "experiment" }>;

const train = tinySeed();
const corpus = textNamed(values.text, 200_000);

async function study(run: RunStudy, researcher: string, seed: number): Promise<StudyResult> {
  const began = Date.now();
  const found: Experiment[] = [];
  const options = {
    researcher,
    seed,
    text: corpus,
    train,
    experiments: Number(values.experiments),
    budgetTokens: Number(values["budget-tokens"]),
    context: Number(values.context),
  };
  const bundle = await run(options, (event) => {
    if (event.type === "notice") process.stderr.write(`${researcher} ${seed}: ${event.text}\n`);
    if (event.type !== "experiment") return;
    found.push(event);
    const { number, status, valBpb, hypothesis, reason } = event;
    const words = valBpb === null ? reason : hypothesis;
    process.stderr.write(
      `${researcher} ${seed} #${number} ${status} ${valBpb?.toFixed(4) ?? "-"} ${words.slice(0, 100)}\n`,
    );
  });
  let best: number | null = null;
  const frontier = found.map(({ status, valBpb }) => {
    if (status === "keep" && valBpb !== null) best = valBpb;
    return best;
  });
  const failed = found.filter(({ status }) => status === "crash" || status === "invalid");
  return {
    researcher,
    seed,
    lab: values.browser ? "browser" : "node",
    experiments: found.length,
    frontier,
    start: frontier[0] ?? null,
    end: best,
    kept: found.filter(({ status }) => status === "keep").length,
    crashes: failed.length,
    reasons: failed.map(
      ({ number, hypothesis, reason }) => `#${number} ${hypothesis.slice(0, 120)} -> ${reason}`,
    ),
    repeats: repeatsIn(bundle),
    minutes: (Date.now() - began) / 60_000,
  };
}

/** Number of experiments whose train.ts is equivalent to an earlier one; read from the study's repository. */
function repeatsIn(bundle: Uint8Array): number {
  const folder = mkdtempSync(join(tmpdir(), "overnight-clone-"));
  writeFileSync(join(folder, "study.bundle"), bundle);
  const clone = join(folder, "clone");
  const git = (...args: string[]) =>
    execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  git("clone", "--quiet", join(folder, "study.bundle"), clone);
  const branch =
    git("-C", clone, "branch", "-r")
      .split("\n")
      .find((name) => name.includes("notebook/"))
      ?.trim() ?? "";
  const seen = new Set<string>();
  let repeats = 0;
  const commits = git("-C", clone, "log", "--first-parent", "--format=%P", branch).trim().split("\n");
  for (const parents of commits.reverse()) {
    const [, experiment] = parents.split(" ");
    if (experiment === undefined) continue; // the notebook's first commit
    const source = normaliseSource(git("-C", clone, "show", `${experiment}:train.ts`));
    if (seen.has(source)) repeats += 1;
    seen.add(source);
  }
  return repeats;
}

const file = values.out;
const results = file === undefined || !existsSync(file) ? [] : readStudies(file);
if (file !== undefined) mkdirSync(dirname(file), { recursive: true });
const run = values.browser ? studyInBrowser : await openNodeStudies();
for (const seed of values.seeds.split(",").map(Number)) {
  for (const researcher of values.researchers.split(",")) {
    if (results.some((result) => result.researcher === researcher && result.seed === seed)) continue;
    const result = await study(run, researcher, seed);
    results.push(result);
    process.stdout.write(`${JSON.stringify(result)}\n`);
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(result)}\n`);
  }
}
for (const researcher of new Set(results.map((result) => result.researcher))) {
  const mine = results.filter((result) => result.researcher === researcher);
  const total = mine.reduce((sum, { experiments }) => sum + experiments, 0);
  const crashes = mine.reduce((sum, result) => sum + result.crashes, 0);
  const repeats = mine.reduce((sum, result) => sum + result.repeats, 0);
  process.stdout.write(
    `${researcher}: ${mine.length} studies, median final ${median(mine.map(({ end }) => end ?? NaN)).toFixed(4)} bpb, ${((100 * crashes) / total).toFixed(1)} % crashes, ${repeats} repeats\n`,
  );
}
process.exit(0); // Dawn keeps the process alive

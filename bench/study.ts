// Whole studies by a researcher that needs no key, on a tiny arena, headless: how far the frontier falls, how much
// crashes, whether anything is proposed twice; and the built-in researcher against random search under the same
// number of runs. Writes one JSON line a study and a summary at the end; studies that `--out` has already are not run
// again. `--part 0/2` runs every second one, so that two of these share the work.
//
//   npx tsx bench/study.ts --experiments 60 --studies 5 --budget-tokens 8192 --researchers builtin,random
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { catalogue } from "../src/agents/builtin/edits/catalogue.ts";
import { normaliseSource, setConstants } from "../src/agents/index.ts";
import { readFileSync } from "node:fs";
import { findChromium } from "../scripts/setup.mjs";
import { smallText } from "../tests/e2e/lab.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    experiments: { ...text, default: "60" },
    studies: { ...text, default: "5" },
    budget: { ...text, default: "20" },
    "budget-tokens": { ...text, default: "8192" },
    context: { ...text, default: "32" },
    part: { ...text, default: "0/1" },
    researchers: { ...text, default: "builtin,random" },
    out: text,
  },
});

const folder = mkdtempSync(join(tmpdir(), "overnight-study-"));
const textFile = join(folder, "small.txt");
const trainFile = join(folder, "train.ts");
writeFileSync(textFile, smallText(400_000));
// The seed in a size that trains in a second, its matrices by AdamW: compiling Muon's products is a third of such an
// experiment's processor time on a software adapter. Both researchers read the ranges of sizes from its comments.
const seed = readFileSync(new URL("../src/seed/train.ts", import.meta.url), "utf8");
const adamw = catalogue.find(({ name }) => name === "matrices-adamw")?.apply(seed) ?? seed;
writeFileSync(trainFile, narrowed(setConstants(adamw, { DEPTH: 1, HEADS: 2, HEAD_DIM: 16, BATCH: 8 })));

function narrowed(source: string): string {
  const ranges = {
    DEPTH: "1..4",
    HEADS: "1..4",
    HEAD_DIM: "16..32 step 16",
    MLP_RATIO: "1..4",
    BATCH: "2..32 power of 2",
  };
  return Object.entries(ranges).reduce(
    (text, [name, range]) =>
      text.replace(new RegExp(`^(const ${name} = .*)\\([^()]*\\)$`, "m"), `$1(${range})`),
    source,
  );
}

interface Experiment {
  readonly number: number;
  readonly status: string;
  readonly valBpb: number | null;
  readonly hypothesis: string;
  readonly reason: string;
}
interface Result {
  readonly researcher: string;
  readonly seed: number;
  readonly experiments: number;
  readonly start: number | null;
  readonly end: number | null;
  readonly kept: number;
  readonly crashes: number;
  readonly repeats: number;
  readonly minutes: number;
  readonly reasons: readonly string[]; // of crashes and invalid runs
  /** Best score after each experiment. */
  readonly frontier: readonly (number | null)[];
}

async function study(researcher: string, number: number): Promise<Result> {
  const began = Date.now();
  const bundle = join(folder, `${researcher}-${String(number)}.bundle`);
  const flags = {
    ...{ researcher, experiments: values.experiments, budget: values.budget, seed: String(number) },
    ...{ "budget-tokens": values["budget-tokens"], context: values.context, adapter: "software" },
    ...{ vocab: "256", rule: "karpathy", text: textFile, train: trainFile, out: bundle },
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  const lab = spawn("npx", ["tsx", "scripts/lab/main.ts", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, CHROMIUM: process.env.CHROMIUM ?? findChromium() ?? undefined },
  });
  const found: Experiment[] = [];
  let failure = "";
  for await (const line of createInterface({ input: lab.stdout })) {
    const event = JSON.parse(line) as Experiment & { type: string };
    if (event.type === "error") failure = event.reason;
    if (event.type !== "experiment") continue;
    found.push(event);
    const { status, valBpb, hypothesis } = event;
    const words = valBpb === null ? event.reason : hypothesis;
    process.stderr.write(
      `${researcher} ${String(number)} #${String(event.number)} ${status} ${valBpb?.toFixed(4) ?? "-"} ${words.slice(0, 100)}\n`,
    );
  }
  if (failure !== "") process.stderr.write(`${researcher} ${String(number)}: ${failure}\n`);
  let best: number | null = null;
  const frontier = found.map(({ status, valBpb }) => {
    if (status === "keep" && valBpb !== null) best = valBpb;
    return best;
  });
  return {
    ...{ researcher, seed: number, experiments: found.length, frontier },
    start: frontier[0] ?? null,
    end: best,
    kept: found.filter(({ status }) => status === "keep").length,
    crashes: found.filter(({ status }) => status === "crash" || status === "invalid").length,
    reasons: found
      .filter(({ status }) => status === "crash" || status === "invalid")
      .map(({ number, hypothesis, reason }) => `#${String(number)} ${hypothesis.slice(0, 120)} -> ${reason}`),
    repeats: failure === "" ? repeatsIn(bundle, number) : 0,
    minutes: (Date.now() - began) / 60_000,
  };
}

/** Experiments whose train.ts does what an earlier one's does; read from the study's own repository. */
function repeatsIn(bundle: string, number: number): number {
  const clone = join(folder, `clone-${String(number)}-${String(Date.now())}`);
  const git = (...args: string[]) =>
    execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  git("clone", "--quiet", bundle, clone);
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

function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 1 ? middle : middle - 1], sorted[middle]];
  return ((low ?? NaN) + (high ?? NaN)) / 2;
}

const file = values.out;
const results: Result[] =
  file === undefined || !existsSync(file)
    ? []
    : readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Result);
const [part = 0, parts = 1] = values.part.split("/").map(Number);
let turn = 0;
for (let number = 1; number <= Number(values.studies); number++) {
  for (const researcher of values.researchers.split(",")) {
    if (turn++ % parts !== part) continue;
    if (results.some((result) => result.researcher === researcher && result.seed === number)) continue;
    const result = await study(researcher, number);
    results.push(result);
    process.stdout.write(`${JSON.stringify(result)}\n`);
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(result)}\n`);
  }
}
for (const researcher of new Set(results.map((result) => result.researcher))) {
  const mine = results.filter((result) => result.researcher === researcher);
  const total = mine.reduce((sum, { experiments }) => sum + experiments, 0);
  const crashes = mine.reduce((sum, result) => sum + result.crashes, 0);
  process.stdout.write(
    `${researcher}: ${String(mine.length)} studies, median final ${median(mine.map(({ end }) => end ?? NaN)).toFixed(4)} bpb, ${((100 * crashes) / total).toFixed(1)} % crashes, ${String(mine.reduce((sum, { repeats }) => sum + repeats, 0))} repeats\n`,
  );
}

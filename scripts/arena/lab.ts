// `npm run lab -- --arena NAME`: a study of an arena without a page, a GPU or a key. Prints one JSON line per event; an
// experiment is printed when the bundle that holds it is on the disk.
import { messageOf } from "../../src/error.ts";
import { writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { untilEnded } from "../ending.ts";
import { BundleFile } from "../lab/bundle-file.ts";
import { loadArenas } from "./load.ts";

const print = (event: object) => writeSync(1, JSON.stringify(event) + "\n");
const text = { type: "string" } as const;

export interface ArenaOptions {
  readonly arena: string;
  readonly experiments: number;
  readonly seed: number;
  /** Seed of the instances. */
  readonly instances: number;
  readonly researcher: "builtin" | "random";
  readonly rule: "paired" | "karpathy";
  readonly out: string;
}

/** Reads the flags; throws an Error with one line when one is wrong. */
export function parseArenaOptions(args: readonly string[]): ArenaOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      arena: text,
      experiments: text,
      seed: text,
      instances: text,
      researcher: text,
      rule: text,
      out: text,
    },
  });
  const whole = (name: "experiments" | "seed" | "instances", low: number, high: number, unsaid: number) => {
    const given = values[name];
    const value = given === undefined ? unsaid : /^\d+$/.test(given) ? Number(given) : NaN;
    if (!(value >= low && value <= high))
      throw new Error(`--${name}: got ${given ?? ""}, expected a whole number from ${low} to ${high}`);
    return value;
  };
  const one = <Name extends string>(name: "researcher" | "rule", names: readonly Name[], hint = ""): Name => {
    const given = values[name] ?? names[0];
    const found = names.find((known) => known === given);
    if (found === undefined)
      throw new Error(`--${name}: got ${given}, expected ${names.join(" or ")}${hint}`);
    return found;
  };
  return {
    arena: values.arena ?? "",
    experiments: whole("experiments", 1, 100_000, 40),
    seed: whole("seed", 0, 2 ** 32 - 1, 1),
    // A random default: a candidate cannot contain the answers to instances that did not exist when it was written.
    instances: whole("instances", 0, 2 ** 32 - 1, Math.floor(Math.random() * 2 ** 32)),
    // A thread of Node cannot contain untrusted code: a language model's code belongs in the browser's sandbox.
    researcher: one(
      "researcher",
      ["builtin", "random"],
      " (an arena's candidates run in Node, which is no sandbox)",
    ),
    rule: one("rule", ["paired", "karpathy"]),
    // The study is in memory while it runs: only the bundle remains.
    out: values.out ?? `${values.arena ?? ""}.bundle`,
  };
}

/** Runs the study; resolves with the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  let options: ArenaOptions;
  let out: BundleFile;
  try {
    options = parseArenaOptions(args);
    out = await BundleFile.open(options.out);
  } catch (error) {
    return failed(error, 2);
  }
  try {
    const ended = untilEnded().then(({ why, status }) => {
      print({ type: "error", reason: why });
      return status;
    });
    return await Promise.race([study(options, out), ended]);
  } catch (error) {
    return failed(error, 1);
  } finally {
    out.close();
  }
}

async function study(options: ArenaOptions, out: BundleFile): Promise<number> {
  const { lab, openRealm } = await loadArenas();
  const arena = lab.arenaNamed(options.arena);
  const { seed, experiments, rule, researcher, instances } = options;
  const settings = lab.completeSettings({ seed, experiments, rule });
  const tag = `${arena.manifest.id}-${lab.freeTag(new Date(), [])}`;
  const { unit, title, splits } = arena.manifest;
  print({ type: "study", tag, arena: arena.manifest.id, title, unit, splits, seed, instances, rule });
  const tips = new Set<string>();
  const written = {
    has: (tip: string) => tips.has(tip),
    add: (tip: string) => Promise.resolve(void tips.add(tip)),
  };
  let turn = Promise.resolve();
  const { end, study: done } = await lab.runArenaStudy(
    { arena, openRealm, tag, researcher, settings, instances },
    {
      notice: (level, words) => print({ type: "notice", level, text: words }),
      experiment: (record, bundle) => {
        turn = turn.then(async () => {
          const bytes = await bundle();
          const aside = await out.write(bytes, written);
          if (aside !== null)
            print({ type: "notice", level: "warning", text: `the contents of --out were moved to ${aside}` });
          print({ type: "bundle", path: out.path, bytes: bytes.length });
          const { number, commit, status, hypothesis, valBpb: score, incumbentBpb: before, reason } = record;
          const { tokens: ticks, seconds, runs, evidence, sample, category, hidden } = record;
          const test = hidden?.testBpb ?? null;
          const words = { number, commit, status, score, before, test, hypothesis, category, reason };
          print({ type: "experiment", ...words, ticks, seconds, runs: runs.length, evidence, sample });
        });
      },
    },
  );
  await turn;
  const best = done.records.findLast(({ status }) => status === "keep");
  print({ type: "end", experiments: done.records.length, why: end, best: best?.valBpb ?? null });
  return 0;
}

function failed(error: unknown, status: number): number {
  const reason = messageOf(error);
  print({ type: "error", reason: reason.split("\n", 1)[0] });
  return status;
}

// `npm run lab -- --arena NAME`: a study of an arena without a page, a GPU or a key. Prints one JSON line per event; an
// experiment is printed when the bundle that holds it is on the disk.
import { messageOf } from "../../src/error.ts";
import { existsSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Arena } from "../../src/arenas/index.ts";
import { untilEnded } from "../ending.ts";
import { BundleFile } from "../lab/bundle-file.ts";
import { loadArenas } from "./load.ts";
import type * as Lab from "./study-node.ts";
import { openArena } from "./open-arena.ts";
import { type ArenaOptions, parseArenaOptions } from "./options.ts";

const print = (event: object) => writeSync(1, JSON.stringify(event) + "\n");

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
  const arena = await openArena(lab, openRealm, options.arena);
  const { experiments, rule, researcher } = options;
  const { id, unit, title, splits } = arena.manifest;
  for (const notice of arena.notices ?? []) print({ type: "notice", level: "info", text: notice });
  const begun = (tag: string, seed: number, instances: number, done: number) =>
    print({ type: "study", tag, arena: id, title, unit, splits, seed, instances, rule, done });
  const tips = new Set<string>();
  const events = listener(lab, arena, out, tips);
  const parts = { arena, openRealm, researcher };
  let done: Awaited<ReturnType<typeof lab.runArenaStudy>>;
  if (options.resume) {
    if (!existsSync(options.out)) throw new Error(`--resume: there is no ${options.out}`);
    const stored = await lab.openArenaStudy(await readFile(options.out));
    const { file, records } = stored.study;
    for (const { notebook } of await stored.repository.listStudies()) tips.add(notebook);
    begun(file.study, file.seed, file.arena?.instances ?? 0, records.length);
    done = { ...stored, end: await lab.resumeArenaStudy({ ...parts, experiments }, stored, events) };
  } else {
    const { seed, instances } = options;
    const settings = lab.completeSettings({ seed, experiments, rule });
    const tag = `${id}-${lab.freeTag(new Date(), [])}`;
    begun(tag, seed, instances, 0);
    done = await lab.runArenaStudy({ ...parts, tag, settings, instances }, events);
  }
  await events.written();
  const { records } = done.study;
  const best = records.findLast(({ status }) => status === "keep");
  const marks = lab.marksOfRecords(records, arena.manifest);
  const numbers = (mark: string) => marks.flatMap((one, number) => (one === mark ? [number] : []));
  const front = marks.length === 0 ? {} : { frontier: numbers("frontier"), undecided: numbers("undecided") };
  print({ type: "end", experiments: records.length, why: done.end, best: best?.valBpb ?? null, ...front });
  return 0;
}

/** Writes the bundle after each experiment, then prints the experiment. */
function listener(lab: typeof Lab, arena: Arena, out: BundleFile, tips: Set<string>) {
  const known = {
    has: (tip: string) => tips.has(tip),
    add: (tip: string) => Promise.resolve(void tips.add(tip)),
  };
  let turn = Promise.resolve();
  const events: Parameters<typeof lab.runArenaStudy>[1] = {
    notice: (level, words) => print({ type: "notice", level, text: words }),
    experiment: (record, bundle) => {
      turn = turn.then(async () => {
        const bytes = await bundle();
        const aside = await out.write(bytes, known);
        if (aside !== null)
          print({ type: "notice", level: "warning", text: `the contents of --out were moved to ${aside}` });
        print({ type: "bundle", path: out.path, bytes: bytes.length });
        const { number, commit, status, hypothesis, valBpb: score, incumbentBpb: before, reason } = record;
        const { tokens: ticks, seconds, runs, evidence, sample, category, hidden, researcher } = record;
        const test = hidden?.testBpb ?? null;
        const metrics = lab.metricValues(record, arena.manifest);
        const figures = { number, commit, status, score, before, test, metrics };
        const words = {
          hypothesis,
          researcher,
          category,
          reason,
          ticks,
          seconds,
          runs: runs.length,
          evidence,
          sample,
        };
        print({ type: "experiment", ...figures, ...words });
      });
    },
  };
  return { ...events, written: () => turn };
}

function failed(error: unknown, status: number): number {
  const reason = messageOf(error);
  print({ type: "error", reason: reason.split("\n", 1)[0] });
  return status;
}

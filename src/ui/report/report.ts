// The report of a study, a pure function of the page's data. markdown.ts, html.ts and the panel render it.

import { type ArenaView, arenaOfStudy } from "../../research/contract/arena-view.ts";
import type { AblationRow, Calibration, ExperimentView, LabState } from "../../research/index.ts";
import { bpb, bytes, chance, count, delta, duration, plural, shortId } from "../state/format.ts";
import { survival, survivalWords } from "../state/survival.ts";
import { numbered, section, table, text, type Block, type Line, type Report } from "./blocks.ts";
import { cost } from "./cost.ts";
import { failures, misses } from "./failures.ts";
import { machineName } from "./machine.ts";

/** The part of the lab's state that a report shows. */
type Reported = Pick<LabState, "study" | "experiments" | "ablation" | "corpus" | "device" | "models">;

/** Null when there is no study or no verdict. */
export function reportOf(lab: Reported): Report | null {
  const { study, experiments } = lab;
  if (study === null || experiments.length === 0) return null;
  const arena = arenaOfStudy(study);
  return {
    title: `Study ${study.tag}`,
    blocks: [
      summary(lab, arena),
      { kind: "chart" },
      ...section("What worked", [kept(experiments, arena)]),
      ...section("Held-out test", [heldOut(experiments, arena)]),
      ...section("Which gains are real", [ablation(lab.ablation?.rows ?? [])]),
      ...section("What did not work", [misses(experiments, arena), failures(experiments)]),
      ...section(arena.trains ? "What the model writes" : "Single instances", samples(lab)),
      ...section("What it cost", [cost(lab)]),
      ...section("Where and how", [setting(lab, arena)]),
      ...section("How the scores were checked", [checks(experiments)]),
      ...section("Forecasts", [forecasts(lab.models?.calibration ?? [])]),
      ...section("Every experiment", [all(experiments, arena)]),
    ],
  };
}

function summary({ study, experiments, corpus }: Reported, { unit, trains }: ArenaView): Block {
  const number = (status: ExperimentView["status"]) => experiments.filter((e) => e.status === status).length;
  const first = experiments.find(({ valBpb }) => valBpb !== null)?.valBpb ?? null;
  const best = study?.bestBpb ?? null;
  const holder = experiments.findLast(({ commit }) => commit === study?.incumbent);
  const gain =
    first !== null && best !== null ? `, a gain of ${delta(first - best)} since the first score` : "";
  const order5 =
    corpus === null || !trains
      ? ""
      : ` An order-5 model reaches ${bpb(corpus.baselines.order5)} on the same bytes.`;
  const which: Line = holder === undefined ? [] : [" It is No. ", { experiment: holder.number }, "."];
  return text(
    `The best of ${plural(experiments.length, "experiment")} has ${bpb(best)} ${unit}${gain}.`,
    ...which,
    ` ${count(number("keep"))} kept, ${count(number("discard"))} discarded, ${count(number("crash"))} crashed, ` +
      `${count(number("invalid"))} invalid.${order5}`,
  );
}

function kept(experiments: readonly ExperimentView[], { score }: ArenaView): Block | null {
  return table(
    ["No.", score, "Gain", "P(better)", "Hypothesis", "Researcher", "Commit"],
    experiments
      .filter(({ status }) => status === "keep")
      .map((e) => [
        { experiment: e.number },
        bpb(e.valBpb),
        e.evidence === null ? "" : `${delta(e.evidence.gain)} ± ${bpb(e.evidence.standardError)}`,
        e.evidence === null ? "" : chance(e.evidence.better),
        e.hypothesis,
        e.researcher,
        { code: shortId(e.commit) },
      ]),
  );
}

function heldOut(experiments: readonly ExperimentView[], { test, validation }: ArenaView): Block | null {
  const found = survival(experiments);
  if (found === null) return null;
  const { first, last } = found;
  const path = (of: keyof typeof last) =>
    first === last ? `has ${bpb(last[of])}` : `went from ${bpb(first[of])} to ${bpb(last[of])}`;
  const words =
    `On the ${test}, which no researcher sees, the best ${path("testBpb")}; ` +
    `on the ${validation} it ${path("valBpb")}. ${survivalWords(found)}`;
  return { kind: "text", id: "hidden-test", line: [words.trimEnd()] };
}

/** The result of the ablation for a change. */
const ABLATION_WORDS: Readonly<Record<AblationRow["status"], string>> = {
  waiting: "not measured yet",
  real: "real",
  "rides along": "no effect alone",
  harmful: "harmful",
  needed: "needed",
  entangled: "depends on other changes",
  gone: "no longer in code",
};

function ablation(rows: readonly AblationRow[]): Block | null {
  return table(
    ["No.", "Verdict", "Gain in best model", "P(it helps)", "Gain when kept", "Change taken out alone"],
    rows.map((row) => [
      { experiment: row.number },
      ABLATION_WORDS[row.status],
      row.gain === null ? "–" : `${delta(row.gain)} ± ${bpb(row.standardError)}`,
      row.better === null ? "–" : chance(row.better),
      delta(row.claimedGain),
      row.hypothesis,
    ]),
    { id: "ablation" },
  );
}

/** The first model's sample beside the best one's. */
function samples({ study, experiments }: Reported): (Block | null)[] {
  const first = experiments.find(({ sample }) => sample !== "");
  const best = experiments.findLast(({ commit, sample }) => commit === study?.incumbent && sample !== "");
  const quote = (e: ExperimentView | undefined, when: string): Block | null =>
    e === undefined
      ? null
      : {
          kind: "quote",
          title: [`${when}: No. `, { experiment: e.number }, `, ${bpb(e.valBpb)}`],
          text: e.sample,
        };
  return [quote(first, "Before"), best === first ? null : quote(best, "After")];
}

function all(experiments: readonly ExperimentView[], { score }: ArenaView): Block | null {
  return table(
    ["No.", "Status", score, "Runs", "Researcher", "Hypothesis", "Reason"],
    experiments.map((e) => [
      { experiment: e.number },
      e.status,
      bpb(e.valBpb),
      String(e.runs),
      e.researcher,
      e.hypothesis,
      e.reason,
    ]),
    { anchors: true },
  );
}

/** Forecasts of researchers beside the results: means over the experiments whose forecast holds a number. */
function forecasts(calibration: readonly Calibration[]): Block | null {
  return table(
    ["Researcher", "Forecasts", "Scored", "Right way", "Expected", "Came", "Error", "Error of no change"],
    calibration.map((one) => [
      one.name,
      String(one.forecasts),
      String(one.scored),
      String(one.rightDirection),
      delta(one.expected),
      delta(one.came),
      bpb(one.error),
      bpb(one.naiveError),
    ]),
  );
}

/** The checks of row independence and of causality, by proof or by probe, each with its experiments. */
function checks(experiments: readonly ExperimentView[]): Block | null {
  const found = new Map<string, number[]>();
  for (const { number, valBpb, probes } of experiments) {
    if (valBpb === null) continue;
    for (const { name, detail } of probes) {
      if (name !== "rows" && name !== "causality") continue;
      const words = `${name}: ${detail}`;
      found.set(words, [...(found.get(words) ?? []), number]);
    }
  }
  if (found.size === 0) return null;
  return {
    kind: "list",
    items: [...found].map(([words, numbers]) => [`${words} (No. `, ...numbered(numbers), ")"]),
  };
}

function setting({ study, corpus, device }: Reported, arena: ArenaView): Block | null {
  if (study === null) return null;
  const { budgetSeconds, budgetTokens } = study.settings;
  const budget =
    budgetTokens > 0
      ? `${count(budgetTokens)} tokens, at most ${duration(budgetSeconds)}`
      : duration(budgetSeconds);
  const { seed, rule } = study.settings;
  const items: Line[] = arena.trains
    ? [
        [`Budget: ${budget} a run, seed ${seed}, rule ${rule}`],
        [`Context ${count(study.seqLen)} tokens, ${count(study.windows)} validation windows`],
      ]
    : [[`Arena: ${arena.title}, ${plural(study.windows, "score")} a run, seed ${seed}, rule ${rule}`]];
  if (study.noise !== null) {
    const degrees = plural(study.noise.degrees, "degree");
    items.push([`Noise between seeds: ${bpb(study.noise.deviation)} (${degrees} of freedom)`]);
  }
  if (corpus !== null && arena.trains) {
    items.push([
      `Text: ${corpus.name}, ${bytes(corpus.bytes.train)} to learn from, hash `,
      { code: corpus.hash },
    ]);
  }
  if (device !== null && arena.trains) items.push([`Machine: ${machineName(device)}`]);
  items.push(["The whole history: export the bundle and ", { code: `git clone ${study.tag}.bundle` }]);
  return { kind: "list", items };
}

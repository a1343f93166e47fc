// The morning's report: what a study found, as Markdown, from what the page already knows. Pure.

import type { AblationRow, Calibration, ExperimentView, LabState } from "../../research/index.ts";
import { bpb, bytes, chance, count, delta, duration, plural, shortId } from "../state/format.ts";
import { survival, survivalWords } from "../state/survival.ts";

/** The report of the study on the page, ending with a newline; null when there is none or nothing was judged. */
export function report(lab: LabState): string | null {
  const { study, experiments } = lab;
  if (study === null || experiments.length === 0) return null;
  const sections = [
    `# Study ${study.tag}\n\n${summary(lab)}`,
    section("What was kept", keptTable(experiments)),
    section("Held-out test", heldOut(experiments)),
    section("Which gains are real", ablationTable(lab.ablation?.rows ?? [])),
    section("Every experiment", allTable(experiments)),
    section("Forecasts", forecastTable(lab.models?.calibration ?? [])),
    section("How the scores were checked", checks(experiments)),
    section("Where and how", setting(lab)),
  ];
  return sections.filter((text) => text !== "").join("\n\n") + "\n";
}

const section = (title: string, body: string): string => (body === "" ? "" : `## ${title}\n\n${body}`);

/** A cell keeps to its line and its column. */
const cell = (text: string): string => text.replace(/\s+/g, " ").replaceAll("|", "\\|").trim();

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function summary({ study, experiments, corpus }: LabState): string {
  const number = (status: ExperimentView["status"]) => experiments.filter((e) => e.status === status).length;
  const first = experiments.find(({ valBpb }) => valBpb !== null)?.valBpb ?? null;
  const best = study?.bestBpb ?? null;
  const gain =
    first !== null && best !== null ? `, a gain of ${delta(first - best)} since the first score` : "";
  const order5 =
    corpus === null ? "" : ` An order-5 model reaches ${bpb(corpus.baselines.order5)} on the same bytes.`;
  return (
    `The best of ${plural(experiments.length, "experiment")} has ${bpb(best)} bits per byte${gain}. ` +
    `${count(number("keep"))} kept, ${count(number("discard"))} discarded, ${count(number("crash"))} crashed, ` +
    `${count(number("invalid"))} invalid.${order5}`
  );
}

function keptTable(experiments: readonly ExperimentView[]): string {
  const rows = experiments
    .filter(({ status }) => status === "keep")
    .map((e) => [
      String(e.number),
      shortId(e.commit),
      bpb(e.valBpb),
      e.evidence === null ? "" : `${delta(e.evidence.gain)} ± ${bpb(e.evidence.standardError)}`,
      e.evidence === null ? "" : chance(e.evidence.better),
      e.researcher,
      e.hypothesis,
    ]);
  return table(["No.", "Commit", "val_bpb", "Gain", "P(better)", "Researcher", "Hypothesis"], rows);
}

function heldOut(experiments: readonly ExperimentView[]): string {
  const found = survival(experiments);
  if (found === null) return "";
  return (
    `On the held-out test text, which no researcher sees, the best went from ${bpb(found.first.testBpb)} to ` +
    `${bpb(found.last.testBpb)}; on the validation text from ${bpb(found.first.valBpb)} to ${bpb(found.last.valBpb)}. ${survivalWords(found)}`
  ).trimEnd();
}

/** What the ablation found of a change, as the page and the report say it. */
export const ABLATION_WORDS: Readonly<Record<AblationRow["status"], string>> = {
  waiting: "not measured yet",
  real: "real",
  "rides along": "no effect alone",
  harmful: "harmful",
  needed: "needed",
  entangled: "depends on other changes",
  gone: "no longer in code",
};

function ablationTable(rows: readonly AblationRow[]): string {
  if (rows.length === 0) return "";
  return table(
    ["No.", "Change taken out alone", "Verdict", "Gain when kept", "Gain in best model"],
    rows.map((row) => [
      String(row.number),
      row.hypothesis,
      ABLATION_WORDS[row.status],
      delta(row.claimedGain),
      row.gain === null ? "–" : `${delta(row.gain)} ± ${bpb(row.standardError)}`,
    ]),
  );
}

function allTable(experiments: readonly ExperimentView[]): string {
  return table(
    ["No.", "Status", "val_bpb", "Runs", "Researcher", "Hypothesis", "Reason"],
    experiments.map((e) => [
      String(e.number),
      e.status,
      bpb(e.valBpb),
      String(e.runs),
      e.researcher,
      e.hypothesis,
      e.reason,
    ]),
  );
}

/** What researchers expected beside what came: means over the experiments whose words hold a number. */
function forecastTable(calibration: readonly Calibration[]): string {
  if (calibration.length === 0) return "";
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

/** What was proved or probed of rows and of looking ahead, and of which experiments. */
function checks(experiments: readonly ExperimentView[]): string {
  const found = new Map<string, string[]>();
  for (const { number, valBpb, probes } of experiments) {
    if (valBpb === null) continue;
    for (const { name, detail } of probes) {
      if (name !== "rows" && name !== "causality") continue;
      const words = `${name}: ${cell(detail)}`;
      found.set(words, [...(found.get(words) ?? []), String(number)]);
    }
  }
  return [...found].map(([words, numbers]) => `- ${words} (No. ${numbers.join(", ")})`).join("\n");
}

function setting({ study, corpus, device }: LabState): string {
  if (study === null) return "";
  const { budgetSeconds, budgetTokens } = study.settings;
  const budget =
    budgetTokens > 0
      ? `${count(budgetTokens)} tokens, at most ${duration(budgetSeconds)}`
      : duration(budgetSeconds);
  const lines = [
    `- Budget: ${budget} a run, seed ${study.settings.seed}, rule ${study.settings.rule}`,
    `- Context ${count(study.seqLen)} tokens, ${count(study.windows)} validation windows`,
  ];
  if (study.noise !== null) {
    lines.push(
      `- Noise between seeds: ${bpb(study.noise.deviation)} (${plural(study.noise.degrees, "degree")} of freedom)`,
    );
  }
  if (corpus !== null) {
    lines.push(`- Text: ${corpus.name}, ${bytes(corpus.bytes.train)} to learn from, hash ${corpus.hash}`);
  }
  if (device !== null)
    lines.push(`- Machine: ${[device.vendor, device.architecture, device.description].join(" ").trim()}`);
  lines.push(`- The whole history: export the bundle and \`git clone ${study.tag}.bundle\``);
  return lines.join("\n");
}

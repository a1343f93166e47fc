// What a study of an arena other than the GPT's fixes in its first commit, and what the page shows of it. Pure functions of
// the arena's manifest: this file loads no arena.
import { LabError } from "../../error.ts";
import type { Arena, Judge } from "../../arenas/index.ts";
import { type Edit, rewrite } from "../../researchers/index.ts";
import type { RunCorpus } from "../../runner/index.ts";
import type { ArenaView } from "../contract/arena-view.ts";
import type { Settings } from "../contract/lab-state.ts";
import type { NewStudy, StudyFile } from "../study/study.ts";
import { metricsOf } from "../verdict/metric-columns.ts";
import { pairedRule } from "../verdict/verdict.ts";

type Facts = NonNullable<StudyFile["arena"]>;

/** An arena's runner reads no text. */
export const NO_TEXT: RunCorpus = {
  manifest: { hash: "" },
  tokenizer: { vocabSize: 0 } as RunCorpus["tokenizer"],
  train: new Uint16Array(0),
  validation: new Uint16Array(0),
  test: new Uint16Array(0),
};

/**
 * Settings of a study of this arena. Without random draws a second run of a candidate adds nothing; a second run of the
 * baseline shows that.
 */
export const settingsFor = ({ manifest }: Pick<Arena, "manifest">, settings: Settings): Settings =>
  manifest.noise === "none" ? { ...settings, replicates: 2, cap: 1 } : settings;

/** How the rule of these settings judges runs of two candidates with equal code. */
export function judgeOf({ replicates, cap, minimumGain }: Settings): Judge {
  const rule = pairedRule({ replicates, cap, minimumGain });
  const same = { bytes: [], others: [], code: { candidate: 1, incumbent: 1 } };
  return (incumbent, candidate) => rule.decide({ ...same, incumbent, candidate }).verdict;
}

/** The parts of a new study that come from its arena; `instances` is the seed of its instances. */
export function newArenaStudy(
  arena: Arena,
  instances: number,
): Pick<NewStudy, "arena" | "files" | "source" | "program"> {
  const { manifest, first, program, files } = arena;
  const { title, splits, budget } = manifest;
  return {
    source: first,
    program,
    ...(files === undefined ? {} : { files }),
    arena: {
      arena: factsOf(arena, instances),
      // Facts that only a GPT has are 0.
      corpusHash: "",
      corpusName: title,
      vocabSize: 0,
      seqLen: 0,
      budgetSeconds: budget.seconds,
      windows: splits.validation,
      scoreBatch: 1,
      tier: "software",
    },
  };
}

function factsOf({ manifest, fixed }: Arena, instances: number): Facts {
  const { id, title, candidate, guards, secondary } = manifest;
  const unit = unitOf(manifest);
  return { id, title, unit, file: candidate.file, guards, secondary, instances, ...(fixed && { fixed }) };
}

/** Lower is better in every record. */
const unitOf = ({ unit, direction }: Arena["manifest"]): string =>
  direction === "lower" ? unit : `−1 × ${unit}`;

/** Throws LabError "arena" where the study began with another arena than this one is now. */
export function mustBeArenaOf({ study, arena }: StudyFile, found: Arena): void {
  const [then, now] = [textsOf(arena), textsOf(factsOf(found, arena?.instances ?? 0))];
  const changed = [...new Set([...then.keys(), ...now.keys()])].find(
    (name) => then.get(name) !== now.get(name),
  );
  if (changed !== undefined)
    throw new LabError("arena", {
      what: `study ${study} began with another ${changed}`,
      got: now.get(changed) ?? "none",
      expected: then.get(changed) ?? "none",
    });
}

/** The facts of a study's arena as texts, by name. */
function textsOf({ fixed, ...facts }: Partial<Facts> = {}): ReadonlyMap<string, string> {
  const all = Object.entries({ ...facts, ...fixed });
  return new Map(all.map(([name, value]) => [name, JSON.stringify(value)]));
}

/** The changes that the built-in researcher may try. */
export const editsOf = ({ edits }: Pick<Arena, "edits">): Edit[] =>
  edits.map(({ steps, ...words }) => ({ ...words, apply: (source) => rewrite(source, ...steps) }));

/** A study's arena as the page shows it. */
export function arenaView({ id, title, unit, file, ...metrics }: Omit<Facts, "instances">): ArenaView {
  return {
    id,
    title,
    unit,
    score: "score",
    file,
    validation: "validation set",
    test: "held-out test set",
    trains: false,
    metrics: metricsOf(metrics).map(({ name, unit: of }) => ({ name, unit: of })),
  };
}

/** The same of an arena that a study may choose. */
export const viewOfArena = (arena: Arena): ArenaView => arenaView(factsOf(arena, 0));

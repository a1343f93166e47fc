// Who proposes, and what it may cost. Unlike the arena these settings belong to the lab, not to a study: they may
// change between two experiments, and no verdict depends on them.
import { type ModelConfig, parseModelSpec } from "../../researchers/index.ts";
import { LabError } from "../../error.ts";

/** Proposals from outside the lab: how long each experiment waits for one, and what follows when none comes. */
export interface Outside {
  /** s; 0: not at all. */
  readonly waitSeconds: number;
  /** Whether the researcher fills in; else the study stops. */
  readonly fillIn: boolean;
}

export interface ResearcherSettings extends Outside {
  /** `builtin`, `random`, or a language model: `anthropic:MODEL`, `compatible:MODEL@URL`, … */
  readonly researcher: string;
  /** The model's share of the slots, 0 to 1; the built-in researcher has the rest and fills in. */
  readonly share: number;
  /** Dollars of a night. */
  readonly capDollars: number;
  /** A human approves every proposal before it runs. */
  readonly approve: boolean;
  /** Experiments without a gain after which the brief turns structural. */
  readonly patience: number;
}

export const DEFAULT_RESEARCHER: ResearcherSettings = {
  researcher: "builtin",
  share: 0.3,
  capDollars: 5,
  approve: false,
  patience: 8,
  waitSeconds: 0,
  fillIn: true,
};

/** The model that is asked, or null for a researcher that needs none. Throws LabError `value`. */
export function modelOf({ researcher }: Pick<ResearcherSettings, "researcher">): ModelConfig | null {
  return researcher === "builtin" || researcher === "random" ? null : parseModelSpec(researcher);
}

/** `now` with what is given. Throws LabError `value` for what is outside its range. */
export function completeResearcher(
  given: Partial<ResearcherSettings>,
  now: ResearcherSettings = DEFAULT_RESEARCHER,
): ResearcherSettings {
  const settings = { ...now, ...given };
  modelOf(settings);
  inRange("share", settings.share, 0, 1, "a share from 0 to 1");
  inRange("cap-dollars", settings.capDollars, 0, 10_000, "dollars from 0 to 10000");
  inRange("plateau", settings.patience, 1, 1000, "a number of experiments from 1 to 1000");
  inRange("wait", settings.waitSeconds, 0, 10_000_000, "seconds from 0 to 10000000");
  return settings;
}

function inRange(name: string, value: unknown, low: number, high: number, expected: string): void {
  if (typeof value === "number" && value >= low && value <= high) return;
  throw new LabError("value", { what: `setting ${name}`, got: String(value), expected });
}

// The settings of the researcher and its spending limit. Unlike the arena they belong to the lab, not to a study: they
// may change between two experiments, and no verdict depends on them.
import { type ModelConfig, parseModelSpec } from "../../researchers/index.ts";
import { check, flag, type ValuesOf, within } from "./schema.ts";

export const RESEARCHER_SETTINGS = {
  /** The model's share of the slots; the built-in researcher has the rest and fills in. */
  share: within(0, 1),
  /** Spending limit of a night [dollars]. */
  capDollars: within(0, 10_000),
  /** A human approves every proposal before it runs. */
  approve: flag(),
  /** Experiments without a gain after which the prompt asks for structural changes. */
  patience: within(1, 1000),
  /** Seconds that each experiment waits for a proposal from outside; 0: not at all. */
  waitSeconds: within(0, 10_000_000),
  /** Whether the researcher proposes when no proposal came from outside; if not, the study stops. */
  fillIn: flag(),
} as const;

export interface ResearcherSettings extends ValuesOf<typeof RESEARCHER_SETTINGS> {
  /** `builtin`, `random`, or a language model: `anthropic:MODEL`, `compatible:MODEL@URL`, … */
  readonly researcher: string;
}

/** The settings for proposals from outside the lab. */
export type Outside = Pick<ResearcherSettings, "waitSeconds" | "fillIn">;

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

/** `now`, overridden by `given`. Throws LabError `value` for a value outside its range. */
export function completeResearcher(
  given: Partial<ResearcherSettings>,
  now: ResearcherSettings = DEFAULT_RESEARCHER,
): ResearcherSettings {
  const settings = { ...now, ...given };
  modelOf(settings);
  const { share, capDollars, patience, waitSeconds } = RESEARCHER_SETTINGS;
  check(share, "share", settings.share);
  check(capDollars, "cap-dollars", settings.capDollars);
  check(patience, "plateau", settings.patience);
  check(waitSeconds, "wait", settings.waitSeconds);
  return settings;
}

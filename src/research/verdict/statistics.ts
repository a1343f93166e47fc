// The arithmetic of the verdict: distributions, the evidence of paired runs, the sequential rule and the control text.
// Pure functions; docs/statistics.md derives them.
export { type ControlEvidence, type Pair, weighControl } from "./control.ts";
export { studentCdf } from "./distributions.ts";
export { type Evidence, score, type WeighedRun, type SeedNoise, seedNoise, weigh } from "./evidence.ts";
export { decide, DEFAULT_RULE, LAST_KEEP, type RuleSettings, type Verdict } from "./rule.ts";

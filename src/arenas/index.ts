// Arenas: tasks with a score. An arena is one folder: a manifest, instances, an evaluator and a first candidate. The
// loop, the verdict, the researchers and the notebook read the manifest. A candidate runs in a separate realm and
// returns data; the evaluator checks the data and never runs the candidate. The GPT's arena is still in `prepare` and
// `runner`.
export {
  type Arena,
  type ArenaEdit,
  type Cheat,
  type Evaluation,
  lossOf,
  type Task,
} from "./contract/arena.ts";
export { type Manifest, readManifest, type SplitName } from "./contract/manifest.ts";
export { type OpenRealm, type Realm } from "./realm/ask.ts";
export { arenaRunner } from "./run/arena-runner.ts";
export { compileCandidate, meanScore, scoreSplit, type SplitScore } from "./run/score-candidate.ts";
export { arenaNamed, ARENAS } from "./arenas.ts";
export { type CheckOptions, checkReadiness, type Readiness } from "./check/readiness.ts";
export { falseKeepShare, type Judge, type Run } from "./check/same-twice.ts";
export { type Finding, readinessWords } from "./check/words.ts";

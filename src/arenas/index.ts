// Arenas: tasks with a score. An arena is one folder: a manifest, instances, an evaluator and a first candidate. The
// loop, the verdict, the researchers and the notebook read the manifest. A candidate runs in a separate realm and
// returns data; the evaluator checks the data and never runs the candidate. The GPT's arena is still in `prepare` and
// `runner`.
export type { Arena } from "./contract/arena.ts";
export type { OpenRealm } from "./realm/ask.ts";
export { frameRealms } from "./realm/frame-realm.ts";
export { tooLarge } from "./contract/file-arena.ts";
export { arenaRunner } from "./run/arena-runner.ts";
export { compileCandidate } from "./run/score-candidate.ts";
export { arenaNamed, ARENAS, FILE_ARENAS } from "./arenas.ts";
export { EXAMPLE } from "./own/example.ts";
export { MANIFEST, ownArena, ownFiles, parseManifest } from "./own/own-arena.ts";
export { checkReadiness } from "./check/readiness.ts";
export type { Judge } from "./check/same-twice.ts";
export { experimentsPerHour, readinessWords } from "./check/words.ts";

// The code of the arena's command line, bundled into one file for Node, because it imports sources and texts in the way
// of the page's bundler.
import "fake-indexeddb/auto"; // lightning-fs needs it, although the store is in memory
export {
  arenaNamed,
  ARENAS,
  checkReadiness,
  FILE_ARENAS,
  MANIFEST,
  ownArena,
  ownFiles,
  parseManifest,
  readinessWords,
  tooLarge,
} from "../../src/arenas/index.ts";
export { openArenaStudy, resumeArenaStudy, runArenaStudy } from "../../src/research/arenas/arena-study.ts";
export { completeSettings } from "../../src/research/contract/settings.ts";
export { marksOfRecords, metricValues } from "../../src/research/verdict/metric-columns.ts";
export { freeTag } from "../../src/research/study/study.ts";
export { judgeOf, settingsFor } from "../../src/research/arenas/arena-study.ts";

// lightning-fs looks there for locks; Node 20 has no `navigator`.
if (!("navigator" in globalThis)) Object.defineProperty(globalThis, "navigator", { value: {} });

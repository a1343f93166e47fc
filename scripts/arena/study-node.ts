// What the arena's command line runs, in one file for Node: bundled, because sources and texts are imported as a page's
// bundler does it.
import "fake-indexeddb/auto"; // lightning-fs asks for it, although the store is in memory
export { arenaNamed, ARENAS, checkReadiness, readinessWords } from "../../src/arenas/index.ts";

export { runArenaStudy } from "../../src/research/arenas/arena-study.ts";
export { completeSettings } from "../../src/research/contract/settings.ts";
export { freeTag } from "../../src/research/study/study.ts";
export { judgeOf, settingsFor } from "../../src/research/arenas/arena-study.ts";

// lightning-fs asks it for locks, and Node 20 has none.
if (!("navigator" in globalThis)) Object.defineProperty(globalThis, "navigator", { value: {} });

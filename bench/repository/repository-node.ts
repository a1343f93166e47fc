// The repository's benchmark in Node and in memory; repository.ts bundles and starts it.
import { readFileSync, writeFileSync } from "node:fs";
import { memoryStore, type RawStore } from "../../src/repo/index.ts";
import { installLocks } from "../../src/repo/testing/power-cut.ts";
import { report } from "./report.ts";
import { measure } from "./repository-page.ts";

installLocks();
const stores = new Map<string, RawStore>();
const store = (name: string) => {
  const found = stores.get(name) ?? { ...memoryStore(), close: () => Promise.resolve() };
  stores.set(name, found);
  return Promise.resolve(found);
};
/** Processor time of all threads [ms], which does not depend on the load of the machine. */
const processorTime = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const [count = "1000", ...files] = process.argv.slice(2);
const times = await measure(Number(count), readFileSync(files.at(-1) ?? "", "utf8"), store, processorTime);
report(times);
if (files.length > 1) writeFileSync(files[0] ?? "", times.bundle);
process.exit(0); // lightning-fs keeps its timers

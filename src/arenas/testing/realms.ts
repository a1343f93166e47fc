// Realms for tests: threads of Node. The script is bundled once for each test file.
import { bundleRealm, nodeRealms } from "../../../scripts/arena/node-realm.ts";
import type { OpenRealm } from "../realm/ask.ts";

let script: Promise<string> | null = null;

export const testRealms: OpenRealm = async () => {
  script ??= bundleRealm(new URL("../../..", import.meta.url).pathname);
  return nodeRealms(await script)();
};

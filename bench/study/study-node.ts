// Runs whole studies on Node's WebGPU: the three realms of study-realm.ts, bundled once.

import { pathToFileURL } from "node:url";
import { bundleForNode } from "../shared/node-bundle.ts";
import type { RunStudy } from "./study-options.ts";
import type * as realms from "./study-realm.ts";

type Realms = typeof realms;

const path = (file: string) => new URL(file, import.meta.url).pathname;

/** Runs one study after another in this process; pipelines are kept from one to the next. */
export async function openNodeStudies(): Promise<RunStudy> {
  const out = path(`../../node_modules/.cache/study-realm-${process.pid}.mjs`);
  await bundleForNode(path("./study-realm.ts"), out);
  const realm = async (name: string) => (await import(`${pathToFileURL(out).href}?${name}`)) as Realms;
  const [lab, trainer, engine] = await Promise.all([realm("lab"), realm("trainer"), realm("engine")]);
  await lab.provideGpu();
  const runner = lab.labRealm(await trainer.trainerRealm(), () => engine.engineRealm());
  return (options, onEvent) => lab.runStudy(runner, options, onEvent);
}

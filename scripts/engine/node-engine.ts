// The engine on Node's WebGPU and its server; load.ts bundles them, because the shaders are imported as text.
import { nodeGpu } from "../../src/nn/runtime/node.ts";
import { openComputeEngine } from "../../src/runner/engine/engine.ts";
import { EngineHost } from "../../src/runner/engine/host.ts";

export { serveEngine } from "./serve-engine.ts";

export interface NodeEngine {
  readonly host: EngineHost;
  /** Name of the adapter. */
  readonly adapter: string;
  readonly software: boolean;
}

/** Opens the device. Throws LabError "device" where there is none. */
export async function openNodeEngine(): Promise<NodeEngine> {
  const gpu = await nodeGpu();
  const host = new EngineHost(() => openComputeEngine(gpu));
  const { about } = await host.engine();
  const { vendor, architecture, description, software } = about;
  return { host, software, adapter: description || [vendor, architecture].join(" ").trim() };
}

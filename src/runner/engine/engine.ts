// nn's engine as the service uses it.
import { type BatchSource, Engine, loadGraph, parseTuning, StepPlayer } from "../../nn/index.ts";
import { SOURCE } from "../contract/reason.ts";
import type { ComputeEngine } from "./engine-service.ts";

/** Opens the engine's own device, by default on the browser's WebGPU. Throws LabError "device" where there is none. */
export async function openComputeEngine(gpu?: GPU): Promise<ComputeEngine> {
  const engine = await Engine.create({ source: SOURCE, ...(gpu && { gpu }) });
  const { vendor, architecture, description, software } = engine.adapterInfo;
  const { f16, subgroup } = engine.capabilities;
  return {
    software,
    about: {
      vendor,
      architecture,
      description,
      software,
      features: [...(f16 ? ["shader-f16"] : []), ...(subgroup > 0 ? [`subgroups of ${subgroup}`] : [])],
    },
    lost: engine.onLost,
    input: engine.input.bind(engine),
    readLater: engine.readLater.bind(engine),
    prepare: engine.prepare.bind(engine),
    reset: engine.reset.bind(engine),
    beside(tuning) {
      const known = (JSON.parse(tuning) as unknown[]).map(parseTuning);
      const own = engine.beside({ tuning: known, source: SOURCE });
      return Object.assign(own, { player: (batches: BatchSource) => new StepPlayer(own, batches) });
    },
    read(json) {
      const { instantiate, ...graph } = loadGraph(json);
      return { ...graph, instantiate: (weights, lines) => instantiate(engine, weights, lines) };
    },
  };
}

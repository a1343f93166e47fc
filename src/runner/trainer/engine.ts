// nn's engine as the trainer uses it.
import { Engine, parseTuning, readParameters, recordForward, silentFault } from "../../nn/index.ts";
import { oneLine, SOURCE } from "../reason.ts";
import { stepFigures } from "./step-figures.ts";
import type { TrainerEngine } from "./trainer.ts";

/** Opens the device. Throws LabError "device" where there is none. */
export async function openTrainerEngine(
  tuning: string,
): Promise<TrainerEngine & { readonly device: string; readonly lost: Promise<string> }> {
  const known = JSON.parse(tuning) as unknown[];
  const engine = await Engine.create({ tuning: known.map(parseTuning), source: SOURCE });
  const { vendor, architecture, description } = engine.adapterInfo;
  return {
    device: oneLine([vendor, architecture, description].filter((part) => part !== "").join(" "), 200),
    lost: engine.onLost,
    input: engine.input.bind(engine),
    readLater: engine.readLater.bind(engine),
    prepare: engine.prepare.bind(engine),
    settled: engine.settled.bind(engine),
    seed: engine.seed.bind(engine),
    reset: engine.reset.bind(engine),
    hold: engine.hold.bind(engine),
    tune: engine.tune.bind(engine),
    tuned: () => (engine.measured ? JSON.stringify(engine.tuning()) : null),
    peakBytes: () => engine.memory().peak,
    // What the adapter can do at most is measured by the lab, outside.
    profile: async () =>
      stepFigures(await engine.stepProfile({ flopsPerSecond: null, bytesPerSecond: null })),
    async handOver(model, batch, seqLen, onLines, onSilent) {
      engine.abandon(); // what train.ts recorded beyond its last step does not count
      const recorded = recordForward(model, [batch, seqLen]);
      const single = recordForward(model, [1, seqLen]);
      const silent = onSilent ? silentFault(recorded, SOURCE) : null;
      if (silent !== null) onSilent?.(silent.message.slice(0, 1_000));
      onLines?.(Uint32Array.from(recorded.lines), Uint32Array.from(single.lines));
      const arrays = await readParameters(engine, recorded);
      const weights = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const array of arrays) {
        weights.set(array, at);
        at += array.length;
      }
      return { graph: JSON.stringify(recorded.graph), single: JSON.stringify(single.graph), weights };
    },
  };
}

// The contestants in the page: our engine, the prototype if its file is served, and the peers' bundles. Each has its
// own device.

import { Engine } from "../../src/nn/index.ts";
import { openStep } from "./step-model.ts";
import type { Contestant, Open, Problem, Weight } from "../peers/problem.ts";

export type Name = "ours" | "prototype" | "jax-js" | "tfjs";

export async function openContestant(name: Name, problem: Problem, clip: boolean): Promise<Contestant> {
  if (name === "ours") return openStep(problem, await Engine.create(), { clip });
  if (name === "prototype") return openPrototype(problem);
  const module: { open: Open } = await import(
    /* @vite-ignore */ new URL(`/peers/${name}.js`, location.href).href
  );
  return module.open(problem);
}

interface Prototype {
  readonly prm: readonly { readonly name: string; readonly off: number; readonly n: number }[];
  readonly PB: GPUBuffer;
  trainStep(x: Uint32Array, y: Uint32Array, lr: number): Promise<number>;
}
type MakeProto = (
  device: GPUDevice,
  config: Record<"V" | "C" | "L" | "NH" | "T" | "B", number>,
  options: { S: number; mm: "sg" | "v4" },
) => Prototype;

/** A step fused by hand for one model; `--prototype` names its folder. It clips the gradient's norm to 1. */
async function openPrototype(problem: Problem): Promise<Contestant> {
  const { makeProto }: { makeProto: MakeProto } = await import(
    /* @vite-ignore */ new URL("/prototype/step.js", location.href).href
  );
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error("no adapter");
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredFeatures: (["subgroups", "timestamp-query"] as const).filter((f) => adapter.features.has(f)),
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  });
  device.addEventListener("uncapturederror", (event) => console.error(event.error.message));
  const { V, d, L, H, T, B } = problem.config;
  const lanes = adapter.info.subgroupMinSize;
  const shape = { V, C: d, L, NH: H, T, B };
  const model = makeProto(device, shape, { S: lanes, mm: lanes === 4 ? "sg" : "v4" });
  const laid = prototypeWeights(problem);
  for (const { name, off } of model.prm) {
    const values = laid.get(name);
    if (!values) throw new Error(`the prototype has a weight ${name}`);
    device.queue.writeBuffer(model.PB, off * 4, values);
  }
  let step = 0;
  return {
    step() {
      const { x, y } = problem.batch(step++);
      return model.trainStep(x, y, 1e-3);
    },
  };
}

/**
 * Converts the weights: its RoPE rotates neighbouring channels where ours rotates halves, and it joins q, k and v in
 * one matrix.
 */
function prototypeWeights({ config: { d, H, L }, weights }: Problem): Map<string, Float32Array<ArrayBuffer>> {
  const get = (name: string): Weight => {
    const found = weights.get(name);
    if (!found) throw new Error(`no weight ${name}`);
    return found;
  };
  const D = d / H;
  const laid = new Map([
    ["wte", get("table").values],
    ["lnf.weight", get("gain").values],
  ]);
  for (let i = 0; i < L; i++) {
    const joined = new Float32Array(d * 3 * d);
    ["q", "k", "v"].forEach((part, p) => {
      get(`${i}.${part}`).values.forEach((value, at) => {
        const [row, column] = [Math.floor(at / d), at % d];
        const within = column % D;
        // Our pair (i, i + D/2) is its pair (2 i + 1, 2 i), because its rotation has the other direction.
        const place = within < D / 2 ? 2 * within + 1 : 2 * (within - D / 2);
        joined[row * 3 * d + p * d + (part === "v" ? column : column - within + place)] = value;
      });
    });
    laid.set(`h.${i}.attn.qkv.weight`, joined);
    laid.set(`h.${i}.attn.proj.weight`, get(`${i}.out`).values);
    laid.set(`h.${i}.ln1.weight`, get(`${i}.gain1`).values);
    laid.set(`h.${i}.ln2.weight`, get(`${i}.gain2`).values);
    laid.set(`h.${i}.mlp.fc.weight`, get(`${i}.up`).values);
    laid.set(`h.${i}.mlp.proj.weight`, get(`${i}.down`).values);
  }
  return laid;
}

// Measures the speed of the adapter through nn, in about a second, and derives its tier. The tier determines the size
// of the first train.ts; the rate determines the amount of text for a score.
import { nn, type Session } from "../../nn/index.ts";
import type { Tier } from "./arena.ts";

/** The part of the engine that the measurement uses. */
export interface Measurable extends Pick<Session, "readLater" | "prepare" | "reset"> {
  /** True for a CPU that emulates a GPU: SwiftShader, lavapipe, WARP. */
  readonly software: boolean;
}

const SIZES = [256, 512, 1024, 2048, 4096];
/** Number of products in a chain, so that one submission is long enough to measure. */
const CHAIN = 4;
/** The sizes stop growing when one chain, or all together, take this time [ms]. */
const ENOUGH = { chain: 100, all: 1000 };

/**
 * The best rate of f32 operations in square matrix products over growing sizes [1/s]; a multiply-add counts as two.
 * Resets the engine. `now` in ms.
 */
export async function measureAdapter(
  engine: Measurable,
  now: () => number,
): Promise<{ flopsPerSecond: number; tier: Tier }> {
  let best = 0;
  const started = now();
  for (const n of SIZES) {
    const b = nn.state([n, n], nn.zeros);
    nn.assign(
      b,
      nn
        .random([n, n])
        .sub(0.5)
        .mul(Math.sqrt(12 / n)),
    );
    await engine.prepare();
    const chain = async () => {
      let x = b;
      for (let i = 0; i < CHAIN; i++) x = x.matmul(b);
      const read = engine.readLater(x.narrow(0, 0, 1).narrow(1, 0, 1));
      await engine.prepare();
      await read;
    };
    await chain(); // compiles
    const before = now();
    await chain();
    const ms = Math.max(0.01, now() - before);
    best = Math.max(best, (CHAIN * 2 * n ** 3) / (ms / 1000));
    engine.reset();
    if (ms > ENOUGH.chain || now() - started > ENOUGH.all) break;
  }
  return { flopsPerSecond: best, tier: tierOf(best, engine.software) };
}

/** Measured matmul rates [1/s] below which an adapter belongs to a tier: our kernels reach a third to a half of peak. */
export function tierOf(flopsPerSecond: number, software: boolean): Tier {
  if (software || flopsPerSecond < 5e10) return "software";
  if (flopsPerSecond < 1e12) return "integrated";
  return flopsPerSecond < 7e12 ? "laptop" : "desktop";
}

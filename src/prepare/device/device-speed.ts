// Measures the current speed of the device: a fixed amount of work of about 20 ms, before a run and after it.
// Throttling, a laptop off its charger or another program on the GPU show as a difference.
import { nn, type Tensor } from "../../nn/index.ts";
import type { Computer } from "../score/examiner.ts";

const SIZE = 256;
/** The first measurement grows until it takes this time [ms]; afterwards its length is fixed. */
const LONG_ENOUGH = 15;
const LONGEST_CHAIN = 4096;
/** Number of repetitions, of which the fastest counts: a disturbance can only make one slower. */
const REPEATS = 6;

/** Measures speed; keeps the amount of work that is enough on this device. */
export class DeviceSpeed {
  #chain = 4;
  #settled = false;

  /** Time of one product of 256 × 256 matrices [ms]. Adds one persistent tensor to the engine. `now` in ms. */
  async measure(engine: Computer, now: () => number): Promise<number> {
    const b = nn.state([SIZE, SIZE], nn.zeros);
    nn.assign(
      b,
      nn
        .random([SIZE, SIZE])
        .sub(0.5)
        .mul(Math.sqrt(12 / SIZE)),
    );
    await engine.prepare();
    await this.#time(engine, b, now); // compiles
    let best = await this.#time(engine, b, now);
    while (!this.#settled && best < LONG_ENOUGH && this.#chain < LONGEST_CHAIN) {
      this.#chain = Math.min(
        LONGEST_CHAIN,
        this.#chain * Math.max(2, Math.ceil(LONG_ENOUGH / Math.max(best, 1))),
      );
      await this.#time(engine, b, now);
      best = await this.#time(engine, b, now);
    }
    this.#settled = true;
    for (let i = 1; i < REPEATS; i++) best = Math.min(best, await this.#time(engine, b, now));
    return Math.max(best, 1e-3) / this.#chain;
  }

  async #time(engine: Computer, b: Tensor, now: () => number): Promise<number> {
    let x = b;
    for (let i = 0; i < this.#chain; i++) x = x.matmul(b);
    const read = engine.readLater(x.narrow(0, 0, 1).narrow(1, 0, 1));
    const before = now();
    await engine.prepare();
    await read;
    return now() - before;
  }
}

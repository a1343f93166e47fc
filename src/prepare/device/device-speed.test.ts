import { describe, expect, it } from "vitest";
import { Session } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { DeviceSpeed } from "./device-speed.ts";

/** A fake device on which a product takes `each` ms and a step 0.5 ms; it computes nothing. */
function device(each: () => number) {
  const lab = new Session(new ReferenceBackend(), 1);
  lab.activate();
  let now = 0;
  let steps = 0;
  const engine = {
    input: lab.input.bind(lab),
    readLater: () => Promise.resolve(new Float32Array(1)),
    prepare: () => {
      const products = lab.recorder.tape.nodes.filter(({ op }) => op.name === "matmul").length;
      now += 0.5 + each() * products;
      steps++;
      lab.abandon();
      return Promise.resolve();
    },
  };
  return { engine, now: () => now, steps: () => steps };
}

describe("the pace", () => {
  it("is the time of one product, on slow devices and on fast ones, after about a tenth of a second", async () => {
    for (const each of [0.001, 0.05, 4, 30]) {
      const { engine, now } = device(() => each);
      const ms = await new DeviceSpeed().measure(engine, now);
      expect(ms / each).toBeGreaterThan(0.99);
      expect(ms - each).toBeLessThan(each * 0.2 + 0.001);
      expect(now()).toBeLessThan(200 + 50 * each);
    }
  });
  it("does the same work every time, and shows a device that became slower", async () => {
    let each = 0.5;
    const { engine, now, steps } = device(() => each);
    const pace = new DeviceSpeed();
    const before = await pace.measure(engine, now);
    const settled = steps();
    each = 1.5;
    expect((await pace.measure(engine, now)) / before).toBeCloseTo(3, 0);
    expect(steps() - settled).toBeLessThanOrEqual(settled);
  });
});

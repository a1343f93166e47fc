// The measurement of an adapter's limits, with an artificial clock, so that the result does not depend on the load.

import { expect, it } from "vitest";
import { openTestDevice } from "../kernels/testing/dispatch.ts";
import { measurePeak } from "./peak.ts";

it("divides its operations and bytes by the time on the clock", async () => {
  const { device } = await openTestDevice();
  device.pushErrorScope("validation");
  let time = 0;
  // The clock advances by 10 ms per call: the first round is too short, the second long enough.
  let step = 10;
  const peak = await measurePeak(device, () => {
    step = time > 60 ? 20 : 10;
    return (time += step);
  });
  expect(await device.popErrorScope()).toBeNull();
  expect(peak.flopsPerSecond).toBeCloseTo((64 * 512 * 256 * 64) / 0.02, 0);
  expect(peak.bytesPerSecond).toBeCloseTo((2 * 2 ** 26) / 0.02, 0);
});

// Every recorded write is stored, or recording it throws an error.

import { expect, it } from "vitest";
import * as nn from "../api.ts";
import { Session } from "../engine/session.ts";
import { Planning } from "../plan/testing/planned.ts";
import type { Persistent } from "../graph/leaf.ts";

it("does not drop the write of a tensor that is assigned no value", () => {
  const session = new Session(new Planning(() => undefined));
  session.activate();
  const leaves = [0, 1].map(() => nn.parameter([4], nn.ones).leaf as Persistent);
  const value = nn.full([4], 2).value;
  expect(() => {
    session.recorder.write(leaves, [value]);
  }).toThrow("2 tensors are written 1 values");
});

// A model on the GPU writes what it writes on the float64 reference, and so what the exported script writes.
import { expect, test } from "vitest";
import { Session } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { testEngine } from "../../nn/testing/engine.ts";
import { readModel } from "./model-file.ts";
import { smallModel } from "./testing/small-model.ts";
import { Writer, type Written } from "./writer.ts";

const engine = await testEngine();

test("the text is the same, the probabilities up to rounding, also beside another model", async () => {
  const reference = new Session(new ReferenceBackend());
  const file = await smallModel(reference);
  const write = async (...sessions: Session[]) => {
    const request = { prompt: "The night", count: 16, temperature: 0.8, seed: 3, stop: "" };
    const writers = sessions.map((session) => new Writer(session, readModel(file)).write(request));
    const written: Written[][] = sessions.map(() => []);
    for (let i = 0; i < request.count; i++)
      for (const [side, writer] of writers.entries()) {
        const next = await writer.next();
        if (next.done !== true) written[side].push(next.value);
      }
    return written;
  };
  const [expected] = await write(new Session(new ReferenceBackend()));
  const beside = engine.beside();
  const both = await write(engine, beside);
  for (const got of both) {
    expect(got.map(({ text }) => text)).toEqual(expected.map(({ text }) => text));
    got.forEach(({ probability }, i) => {
      expect(Math.abs(probability - expected[i].probability)).toBeLessThan(1e-4);
    });
  }
  beside.close();
});

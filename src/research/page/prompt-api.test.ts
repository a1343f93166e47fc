import { expect, it } from "vitest";
import { servePromptApiWhenAsked } from "./prompt-api.ts";

it("answers every question asked before its code was there, in order", async () => {
  const { port1, port2 } = new MessageChannel();
  servePromptApiWhenAsked(port1);
  const answers: unknown[] = [];
  const three = new Promise<void>((done) => {
    port2.onmessage = ({ data }) => {
      if (answers.push(data) === 3) done();
    };
  });
  for (const id of [1, 2]) port2.postMessage({ type: "reachable", id });
  await new Promise((soon) => setTimeout(soon, 5));
  port2.postMessage({ type: "reachable", id: 3 });
  await three;
  // There is no model in Node.
  expect(answers).toEqual([1, 2, 3].map((id) => ({ type: "reachable", id, yes: false })));
  port1.close();
  port2.close();
});

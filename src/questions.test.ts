import { expect, it } from "vitest";
import { Questions } from "./questions.ts";

it("settles each question by its own number, in any order and once", async () => {
  const questions = new Questions<string>();
  const sent: number[] = [];
  const asked = ["a", "b", "c"].map(() => questions.ask((id) => void sent.push(id)));
  expect(new Set(sent).size).toBe(3);
  expect(sent).not.toContain(questions.number());
  const [a, b, c] = sent;
  questions.answer(c, "third");
  questions.answer(a, "first");
  questions.answer(a, "again");
  questions.refuse(b, new Error("no"));
  questions.answer(99, "of no question");
  expect(await Promise.allSettled(asked)).toMatchObject([
    { value: "first" },
    { reason: { message: "no" } },
    { value: "third" },
  ]);
  expect(questions.size).toBe(0);
});

it("rejects all open questions when the other end is gone, and goes on with new ones", async () => {
  const questions = new Questions<number>();
  const lost = [questions.ask(() => undefined), questions.ask(() => undefined)];
  questions.refuseAll(new Error("gone"));
  for (const one of lost) await expect(one).rejects.toThrow("gone");
  const next = questions.ask((id) => {
    questions.answer(id, 7);
  });
  expect(await next).toBe(7);
});

it("rejects a question that cannot be sent, and keeps none of it", async () => {
  const questions = new Questions<number>();
  const unsent = questions.ask(() => {
    throw new Error("could not be cloned");
  });
  await expect(unsent).rejects.toThrow("could not be cloned");
  expect(questions.size).toBe(0);
});

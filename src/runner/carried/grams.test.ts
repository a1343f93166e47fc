import fc from "fast-check";
import { expect, it } from "vitest";
import { fold } from "../../prepare/index.ts";
import { ABSENT, GRAM, Grams } from "./grams.ts";

const letters = (text: string) => new TextEncoder().encode(text);
const grams = (text: string) =>
  Array.from({ length: Math.max(0, text.length - GRAM + 1) }, (_, i) => text.slice(i, i + GRAM));

it("holds every gram of the held-out texts, with its split and whether the training text has it", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 80 });
  fc.assert(
    fc.property(text, text, text, text, fc.nat(80), (one, two, train, asked, cut) => {
      const index = new Grams([letters(one), letters(two)]);
      index.learn(letters(train.slice(0, cut)));
      index.learn(letters(train.slice(cut)));
      const slots = index.find(letters(asked));
      expect(slots.length).toBe(grams(asked).length);
      grams(asked).forEach((gram, i) => {
        const split = one.includes(gram) ? 0 : two.includes(gram) ? 1 : ABSENT;
        if (split === ABSENT) expect(slots[i]).toBe(ABSENT);
        else expect(index.splitOf(slots[i])).toBe(train.includes(gram) ? null : split);
      });
    }),
    { numRuns: 300 },
  );
});

it("folds text to letters and digits with the place of each", () => {
  const { letters: folded, from } = fold(letters("A, b-C\n 1é"));
  expect(new TextDecoder().decode(folded)).toBe("abc1é");
  expect([...from]).toEqual([0, 3, 5, 8, 9, 10]);
});

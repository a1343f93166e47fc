// Edits on top of each other, for tests, as they occur in a study.
import type { Random } from "../../random.ts";
import { catalogue } from "../catalogue.ts";

/** The names and the source after `count` edits, each drawn from those that apply to the result of the previous one. */
export function drawStack(source: string, count: number, random: Random): [name: string, source: string] {
  let [name, text] = ["", source];
  for (let i = 0; i < count; i++) {
    const fitting = catalogue.flatMap((edit) => {
      const edited = edit.apply(text);
      return edited === null ? [] : [{ name: edit.name, edited }];
    });
    const next = random.pick(fitting);
    name = name === "" ? next.name : `${name} + ${next.name}`;
    text = next.edited;
  }
  return [name, text];
}

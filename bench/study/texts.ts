// The texts for the comparison of researchers: two generated here, sentence by sentence, and any named file.
import { readFileSync } from "node:fs";
import { smallText } from "../../tests/e2e/lab.ts";

/** `english`, `russian`, or the path of a file; about so many bytes of it. */
export function textNamed(name: string, bytes = 120_000): string {
  if (name === "english") return smallText(bytes);
  if (name === "russian") return russian(bytes);
  return readFileSync(name, "utf8").slice(0, bytes);
}

/** Russian sentences from a small grammar: two bytes a letter, endings that agree. */
function russian(bytes: number): string {
  const who = ["ночной сторож", "маленькая модель", "старый маяк", "его тетрадь", "тихая волна", "мой сосед"];
  const does = ["читает", "забывает", "измеряет", "повторяет", "хранит", "теряет", "считает"];
  const what = [
    "каждый шаг",
    "длинную кривую",
    "лучшее число",
    "последнее слово",
    "своё имя",
    "тихую страницу",
  ];
  const how = ["медленно", "снова", "до рассвета", "с трудом", "целый час", "без слов"];
  let state = 1;
  const pick = (list: readonly string[]): string => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return list[Math.floor((state / 2 ** 32) * list.length)];
  };
  let text = "";
  while (2 * text.length < bytes)
    text += `${pick(who)} ${pick(does)} ${pick(what)} ${pick(how)}${pick([".", ",", ";"])}${pick([" ", "\n"])}`;
  return text;
}

export interface Characters {
  readonly tokens: Uint16Array;
  readonly byteLengths: Uint16Array;
  readonly vocabSize: number;
}

/** A token for each character, the rarest beyond 96 together; a whole number of eights of them. */
export function charactersOf(text: string): Characters {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  const letters = [...counts].sort((a, b) => b[1] - a[1]).map(([letter]) => letter);
  const known = new Map(letters.slice(0, 95).map((letter, i) => [letter, i]));
  const encoder = new TextEncoder();
  const byteLengths = new Uint16Array(8 * Math.ceil((known.size + 1) / 8)).fill(1);
  for (const [letter, i] of known) byteLengths[i] = encoder.encode(letter).length;
  const tokens = Uint16Array.from(text, (letter) => known.get(letter) ?? known.size);
  return { tokens, byteLengths, vocabSize: byteLengths.length };
}

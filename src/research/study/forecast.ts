// Reads a researcher's forecast of its experiment as a number, and compares forecasts with results. Forecasts are free
// words ("lower by 0.01 to 0.02", "about 1.83"), so one that cannot be read is counted as unreadable, never guessed.
import type { Calibration } from "../contract/researcher-view.ts";

/** A number with its sign and its percent sign. A dash between two numbers is no sign. */
const NUMBER = /(?<![\d.,\p{L}_])([+-]?)(\d+(?:[.,]\d+)?|\.\d+)(?:e([+-]?\d+))?\s*(%?)/giu;
/** The score from which the change starts, which is no forecast. */
const START = /\b(from|now|currently|against|versus|vs\.?|incumbent(?:'s)?)\s*:?\s*\d+\.\d+/gi;
const LOWER = /\b(lower|drops?|decreases?|down|reduc\w*|improv\w*|gains?|better|below|falls?|less|saves?)\b/i;
const HIGHER = /\b(higher|rises?|increases?|up|worse|above|more|loses?|costs?)\b/i;
const EQUAL = /\b(no (change|difference|gain|effect)|unchanged|the same|equal|neutral)\b/i;

/**
 * The expected change of val_bpb [bits per byte], negative when lower; null when no number in the words is clearly a
 * score or a change. A range counts as its middle.
 */
export function forecastOf(words: string, incumbentBpb: number): number | null {
  const text = words
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/(±|\+\/-)\s*[\d.]+\s*%?/g, " ") // how sure it is
    .replace(/(\d%?)\s*-\s*(?=[\d.])/g, "$1 to ") // a range
    .replace(/#\d+/g, " ") // an experiment
    .replace(/([\d.]+)\s*(?:->|→|=>)/g, "from $1 to ")
    .replace(/([\d.]+)\s*to\s*([+-]?[\d.]+)\s*%/g, "$1% to $2%");
  const found = [...text.replace(START, " ").matchAll(NUMBER)].map(
    ([, sign, digits, exponent = "0", percent]) => {
      const size = Number(digits.replace(",", ".")) * 10 ** Number(exponent);
      return { signed: sign !== "", percent: percent === "%", value: sign === "-" ? -size : size };
    },
  );
  const scores = found.filter(
    ({ signed, percent, value }) => !signed && !percent && isNear(value, incumbentBpb),
  );
  if (scores.length > 0) return mean(scores) - incumbentBpb;
  const changes = found.map(({ value, percent, ...one }) => ({
    ...one,
    value: percent ? (value / 100) * incumbentBpb : value,
  }));
  const signed = changes.filter((one) => one.signed);
  if (signed.length > 0) return mean(signed);
  const direction = LOWER.test(text) ? -1 : HIGHER.test(text) ? 1 : 0;
  if (changes.length > 0 && direction !== 0) return direction * mean(changes);
  return changes.length === 0 && EQUAL.test(text) ? 0 : null;
}

/** A number within a third of the score to beat is a score: no experiment changes it by that much. */
const isNear = (value: number, score: number): boolean => Math.abs(value - score) <= score / 3;

const mean = (list: readonly { readonly value: number }[]): number =>
  list.reduce((sum, { value }) => sum + value, 0) / list.length;

/** The fields of a record that a forecast is compared with. */
interface Judged {
  readonly researcher: string;
  readonly parent: number | null;
  readonly expected: string | null;
  readonly valBpb: number | null;
  readonly incumbentBpb: number | null;
  readonly control?: { readonly compared: { readonly contradicted: boolean } | null };
}

/**
 * The change that a record's words forecast, and the actual one; null where either is missing. A score that the control
 * text contradicts counts as missing.
 */
export function comparedForecast({
  expected,
  valBpb,
  incumbentBpb,
  control,
}: Omit<Judged, "researcher" | "parent">): { expected: number; came: number } | null {
  if (expected === null || valBpb === null || incumbentBpb === null) return null;
  if (control?.compared?.contradicted) return null;
  const change = forecastOf(expected, incumbentBpb);
  return change === null ? null : { expected: change, came: valBpb - incumbentBpb };
}

/** The forecasts of each researcher against the results, most forecasts first; researchers without one are left out. */
export function calibrations(records: readonly Judged[]): readonly Calibration[] {
  const names = [...new Set(records.filter(({ parent }) => parent !== null).map((one) => one.researcher))];
  return names
    .map((name) => {
      const mine = records.filter(({ researcher, expected }) => researcher === name && expected !== null);
      const pairs = mine.map(comparedForecast).filter((pair) => pair !== null);
      const average = (of: (pair: { expected: number; came: number }) => number) =>
        pairs.length === 0 ? null : pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
      return {
        name,
        forecasts: mine.length,
        scored: pairs.length,
        expected: average(({ expected }) => expected),
        came: average(({ came }) => came),
        error: average(({ expected, came }) => Math.abs(expected - came)),
        naiveError: average(({ came }) => Math.abs(came)),
        rightDirection: pairs.filter(({ expected, came }) => Math.sign(expected) === Math.sign(came)).length,
      };
    })
    .filter(({ forecasts }) => forecasts > 0)
    .sort((a, b) => b.forecasts - a.forecasts);
}

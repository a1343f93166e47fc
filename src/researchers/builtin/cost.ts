// Predicts the training time per token for given sizes from measured runs: a product of powers of the sizes, fitted by
// ridge regression around the powers expected from arithmetic.
import type { Values } from "../source/space.ts";
import type { Observation } from "./memory.ts";

/** Power of each size in the time per token, before anything is measured. */
const USUAL: Readonly<Record<string, number>> = {
  DEPTH: 0.8,
  HEADS: 1,
  HEAD_DIM: 1,
  WIDTH: 1,
  MLP_RATIO: 0.4,
  BATCH: -0.2,
};
/** Weight of the usual powers, in runs. */
const TRUST = 2;

/** Relative seconds per token: only the ratio of two such numbers has a meaning. */
export function stepCost(observations: readonly Observation[]): (values: Values) => number {
  const measured = observations.flatMap(({ values, secondsPerToken: seconds }) =>
    seconds !== undefined && seconds > 0 ? [{ sizes: sizesOf(values), log: Math.log(seconds) }] : [],
  );
  const names = Object.keys(USUAL);
  const powers: Record<string, number> = { ...USUAL };
  const mean = average(measured.map(({ log }) => log));
  const centre = Object.fromEntries(
    names.map((name) => [name, average(measured.map(({ sizes }) => sizes[name] ?? 0))]),
  );
  const rest = (sizes: Values, log: number, but: string) =>
    names.reduce(
      (left, name) => left - (name === but ? 0 : powers[name] * (sizes[name] - centre[name])),
      log - mean,
    );
  // One power after the other; twenty rounds settle six of them.
  for (let round = 0; round < 20 && measured.length > 0; round++) {
    for (const name of names) {
      let [over, under] = [TRUST * USUAL[name], TRUST];
      for (const { sizes, log } of measured) {
        const x = sizes[name] - centre[name];
        over += x * rest(sizes, log, name);
        under += x * x;
      }
      powers[name] = over / under;
    }
  }
  return (values) => {
    const sizes = sizesOf(values);
    return Math.exp(names.reduce((sum, name) => sum + powers[name] * sizes[name], 0));
  };
}

/** Logarithms of the sizes; one that is not declared is 1. */
const sizesOf = (values: Values): Record<string, number> =>
  Object.fromEntries(Object.keys(USUAL).map((name) => [name, Math.log(Math.max(1e-9, values[name] ?? 1))]));

const average = (numbers: readonly number[]) =>
  numbers.length === 0 ? 0 : numbers.reduce((a, b) => a + b, 0) / numbers.length;

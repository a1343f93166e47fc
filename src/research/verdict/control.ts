// Tests whether a gain on the validation text also appears on the control text, which no other decision uses. A gain
// from memorised validation text does not appear there. docs/statistics.md derives the rule and its false alarms.
import { studentCdf } from "./distributions.ts";
import { type WeighedRun, weigh } from "./evidence.ts";

/** Two runs, on one text. */
export interface Pair {
  readonly candidate: WeighedRun;
  readonly incumbent: WeighedRun;
}

export interface ControlEvidence {
  /** Incumbent's score minus the candidate's, of the same two runs on both texts [bits per byte]. */
  readonly validationGain: number;
  readonly controlGain: number;
  /** Standard errors of both, paired by chunk. */
  readonly validationError: number;
  readonly controlError: number;
  /** P(a control gain this low or lower | half of the validation gain, or twice the loss, is true on the control text). */
  readonly chance: number;
  readonly contradicted: boolean;
}

/** An honest change may gain less on another text, but it keeps at least this share of its gain. */
const SHARE = 0.5;
/** Below this chance the noise of both texts does not explain the difference. */
const DOUBT = 0.001;

/**
 * Compares the gains of the same two runs on both texts. The noise is that of the chunks of either text; a seed moves
 * both scores alike and is left out. A loss (a candidate kept for less code) may be twice as large on the control text.
 */
export function weighControl(validation: Pair, control: Pair): ControlEvidence {
  const [here, there] = [validation, control].map(({ candidate, incumbent }) =>
    weigh([candidate], [incumbent], { deviation: 0, degrees: 0 }),
  );
  const factor = here.gain > 0 ? SHARE : 1 / SHARE;
  const [a, b] = [(factor * here.textError) ** 2, there.textError ** 2];
  const short = factor * here.gain - there.gain;
  const spread = (a * a) / here.degrees + (b * b) / there.degrees;
  const degrees = spread > 0 ? (a + b) ** 2 / spread : Infinity;
  const error = Math.sqrt(a + b);
  // The error of a single chunk cannot be estimated.
  const known = Math.min(validation.candidate.bytes.length, control.candidate.bytes.length) > 1;
  const certain = short > 0 ? 0 : 1;
  const chance = !known ? 1 : error === 0 ? certain : studentCdf(-short / error, degrees);
  return {
    validationGain: here.gain,
    validationError: here.textError,
    controlGain: there.gain,
    controlError: there.textError,
    chance,
    contradicted: chance < DOUBT,
  };
}

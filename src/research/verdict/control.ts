// Whether a gain on the validation text is there on the control text, which nothing else was ever judged by. A gain that a
// train.ts has because it knows the validation text is not. docs/statistics.md derives the rule and its false alarms.
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

/** Texts differ, so an honest change may gain less on another one; more than half of its gain it does not lose. */
const SHARE = 0.5;
/** Below this chance the noise of both texts does not explain the difference. */
const DOUBT = 0.001;

/**
 * Compares the gains of the same two runs on both texts. Seeds move both alike and are no part of the noise; chunks of either
 * text are. A loss (a candidate kept for less code) may be twice as large on the control text.
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
  // One chunk has no error that could be known.
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

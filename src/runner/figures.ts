// The figures of one run, gathered from the trainer's messages and the engine's answers. Those of the trainer are
// unverified: they are shown and bound its waiting time, and the engine's answer replaces those that count.
import { parseTuning, type Tuning } from "../nn/index.ts";
import type { Passes, EngineMessage, TrainerMessage } from "./contract/protocol.ts";
import { trainError } from "./contract/reason.ts";
import type { Curve as Points, Probe, RunFigures, StepFigures } from "./contract/types.ts";
import { Curve } from "./curve.ts";

type Taken = Pick<Extract<EngineMessage, { type: "taken" }>, "steps" | "tokens" | "seconds" | "step">;
export type Forecast = Omit<Extract<TrainerMessage, { type: "forecast" }>, "type">;

/** A rehearsal that was passed; a later run of the same train.ts under the same conditions need not repeat it. */
export interface Rehearsed {
  readonly forecast: Forecast;
  readonly seed: number;
  /** Of its steps and its forward pass under that seed; "": there is none. */
  readonly digest: string;
  readonly tuning: Tuning | null;
  /** Whether its forward pass was probed. */
  readonly probed: boolean;
  readonly probes: readonly Probe[];
  /** Lines of train.ts for the nodes of both graphs. */
  readonly lines: PassLines;
  /** A fault that raises no error, in one line; "": none was found. */
  readonly silent: string;
  readonly graph: Pick<Passes, "single" | "parameters">;
}

export interface PassLines {
  readonly lines: Uint32Array;
  readonly singleLines: Uint32Array;
}

const NO_FORECAST: Forecast = { stepMs: 0, peakBytes: 0, parameters: 0, tokensPerStep: 0 };

export class Figures {
  forecast = NO_FORECAST;
  /** A fault that raises no error, in one line; "": none was found. */
  silent = "";
  device = "";
  digest = "";
  tuning: Tuning | null = null;
  step: StepFigures | null = null;
  steps = 0;
  tokens = 0;
  /** Seconds of the budget spent. */
  seconds = 0;
  readonly #curve = new Curve();

  /** Of the forecast. */
  get tokensPerSecond(): number {
    const { stepMs, tokensPerStep } = this.forecast;
    return stepMs > 0 ? (1000 * tokensPerStep) / stepMs : 0;
  }

  /** The points of a report. Throws LabError "crash" with the line of `log` for a loss that is not finite. */
  stepped(report: Extract<TrainerMessage, { type: "steps" }>, logLine: () => number): Points {
    const points: [number, number][] = [];
    for (let i = 0; i + 1 < report.points.length; i += 2) {
      const [seconds, loss] = [report.points[i], report.points[i + 1]];
      if (!Number.isFinite(seconds) || !Number.isFinite(loss))
        throw trainError("crash", `the loss is ${loss} after ${report.step} steps`, logLine());
      points.push([seconds, loss]);
      this.#curve.add(seconds, loss);
    }
    ({ step: this.steps, tokens: this.tokens, seconds: this.seconds } = report);
    return points;
  }

  /** The kernels that the engine measured in the rehearsal, as JSON. */
  tuned(tuning: string | null): void {
    this.tuning = tuning === null ? null : parseTuning(JSON.parse(tuning));
  }

  /** The engine's own figures of the training. */
  trained({ steps, tokens, seconds, step }: Taken): void {
    Object.assign(this, { steps, tokens, seconds, step });
  }

  /** `passed`: seconds of the lab's clock since the run began. */
  of(passed: number, probes: readonly Probe[]): RunFigures {
    const { tokens, steps, seconds, device, tuning, step, digest, forecast } = this;
    return {
      overheadSeconds: Math.round(10 * Math.max(0, passed - seconds)) / 10,
      probes,
      tokens,
      steps,
      seconds,
      tokensPerSecond: seconds > 0 ? tokens / seconds : 0,
      parameters: forecast.parameters,
      peakBytes: forecast.peakBytes,
      curve: this.#curve.points(),
      device,
      ...(tuning === null ? {} : { tuning }),
      ...(step === null ? {} : { step }),
      ...(digest === "" ? {} : { digest }),
    };
  }
}

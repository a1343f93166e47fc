// A session whose steps go through a tape, and the session of another engine that plays them.

import type { Session } from "../../engine/session.ts";
import { type BatchSource, StepPlayer } from "../play-step.ts";
import { readRequest } from "../read-request.ts";
import { RecordingSession } from "../record-step.ts";
import type { StepRequest, StepTape } from "../step-format.ts";

export interface ThroughTape {
  readonly recording: RecordingSession;
  readonly player: StepPlayer;
  /** Every tape that crossed. */
  readonly tapes: StepTape[];
  /** Every request, without arrays. */
  readonly requests: StepRequest[];
}

/** A pair of sessions: steps recorded in `recording` cross as data and run in `on`; `source` draws their batches. */
export function throughTape(on: Session, seed = 0, source: BatchSource | null = null): ThroughTape {
  const player = new StepPlayer(on, source);
  const tapes: StepTape[] = [];
  const requests: StepRequest[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  const recording = new RecordingSession((request) => {
    requests.push(request);
    if (request.tape !== null) tapes.push(JSON.parse(request.tape) as StepTape);
    const crossed = readRequest(structuredClone(request));
    const values = turn.then(async () => (await player.record(crossed).run()).values);
    turn = values;
    return values;
  }, seed);
  return { recording, player, tapes, requests };
}

// One run of one train.ts: the page's side of it, the sandbox frame, the trainer worker, the engine worker and the
// protocol between them. The lab's worker holds a Runner; the main thread only opens frames, because a worker cannot:
//
//   main thread   const frames = new MessageChannel(); serveTrainerFrames(frames.port1); labWorker.postMessage(…, [frames.port2])
//   lab worker    const runner = createRunner({ openTrainer: trainerFrames(frames.port2), openEngine: openEngineWorker, openReader: openReaderWorker });
//                 const result = await runner.run(request, onEvent, signal);
//
// Everything that comes out of the trainer is validated here as hostile input. Other folders import only this file.
export type {
  ControlScore,
  Curve,
  FinishedRun,
  Judged,
  Measurement,
  Probe,
  Rehearsal,
  RemoteEngine,
  RunCorpus,
  RunEvent,
  RunFigures,
  RunRequest,
  RunResult,
  RunStage,
  Score,
  StepFigures,
} from "./contract/types.ts";
export { figuresOf, NO_FIGURES } from "./contract/types.ts";
export { compile, type Dialect } from "./source/transpile.ts";
export { oneLine } from "./contract/reason.ts";
export { createRunner, type Runner, type RunnerHost } from "./runner.ts";
export { openReaderWorker } from "./carried/open.ts";
export { type ModelFacts, readModel, writeModel } from "./talk/model-file.ts";
export { openTalkWorker } from "./talk/open.ts";
export type { Ending, FromTalk, Side, ToTalk } from "./talk/talk-protocol.ts";
export type { Request as TalkRequest, Written } from "./talk/writer.ts";
export { openEngineWorker } from "./engine/open.ts";
export { openRemoteEngine } from "./wire/open.ts";
export { serveTrainerFrames, trainerFrames, type OpenSandbox, type OpenTrainer } from "./frame.ts";

// Turns the events of the loop into snapshots for the page, points for the canvas and lines of the log.
import { excerpt } from "../../text.ts";
import { standing, type LabOutput } from "./parts.ts";
import type { RunEvent } from "../../runner/index.ts";
import type { Candidate } from "../contract/experiment.ts";
import type { LoopListener } from "../experiment/context.ts";
import { eventOf, viewOf } from "../study/record.ts";
import type { CurrentRun, LabNotice, Stage } from "../contract/lab-state.ts";
import { incumbentOf, incumbentSource, type Study } from "../study/study.ts";

const NOTICES = 20;
const PROGRESS_EVERY = 1000; // ms between two lines of progress in the log

const nothingYet = {
  detail: "",
  done: 0,
  total: 0,
  trainedSeconds: 0,
  step: 0,
  tokens: 0,
  tokensPerSecond: 0,
  loss: null,
  parameters: 0,
  peakBytes: 0,
  glimpse: null,
} as const;
const FIRST_RUN = { side: "candidate", run: 1 } as const;

let noticeId = 0;

/** Shows a notice on the page and in the log. */
export function tellNotice({ publisher, event }: LabOutput, level: LabNotice["level"], text: string): void {
  const notices = [...publisher.state.notices, { id: ++noticeId, level, text }];
  publisher.set({ notices: notices.slice(-NOTICES) });
  event({ type: "notice", level, text });
}

/** The current run as the page shows it before the first run of a new study: its stage and its budget. */
export function firstStage(
  stage: Stage,
  budgetSeconds: number,
  startedAt: number,
  candidate = "train.ts",
): CurrentRun {
  const hypothesis = `Baseline: ${candidate} as the study begins`;
  return {
    ...nothingYet,
    ...FIRST_RUN,
    number: 0,
    hypothesis,
    researcher: "lab",
    stage,
    startedAt,
    budgetSeconds,
    source: "",
  };
}

export function loopListener(voices: LabOutput, study: Study, now: () => number): LoopListener {
  const { publisher } = voices;
  let current: CurrentRun | null = publisher.state.current;
  let progressAt = -Infinity;
  const show = (change: Partial<CurrentRun>) => {
    if (current === null) return;
    current = { ...current, ...change };
    publisher.set({ current });
  };
  const enter = (stage: Stage, detail: string, done: number, total: number) => {
    if (current && (current.stage !== stage || current.detail !== detail) && done === 0) {
      voices.event({ type: "stage", number: current.number, stage, detail });
    }
    show({ stage, detail, done, total });
  };
  return {
    began(slot) {
      current = currentOf(slot, study, now());
      publisher.set({ current });
      voices.event({
        type: "stage",
        number: slot.number,
        stage: "loading",
        detail: excerpt(slot.proposal.hypothesis),
      });
    },
    turn(side, run) {
      show({ ...nothingYet, side, run, stage: "loading" });
      const number = current?.number ?? 0;
      voices.hot({ type: "run", number, budgetSeconds: study.file.budgetSeconds });
      voices.hot({ type: "incumbent", points: incumbentOf(study)?.curve ?? [] });
    },
    stage: enter,
    run(event: Exclude<RunEvent, { type: "model" }>) {
      if (event.type === "stage") enter(event.stage, event.detail, event.done, event.total);
      else if (event.type === "warning") tellNotice(voices, "warning", event.message);
      else if (event.type === "forecast") {
        const { parameters, peakBytes, tokensPerSecond } = event;
        show({ parameters, peakBytes, tokensPerSecond });
      } else if (event.type === "glimpse") show({ glimpse: { seconds: event.seconds, text: event.text } });
      else {
        const { step, seconds, tokens, points } = event;
        const loss = points.at(-1)?.[1] ?? current?.loss ?? null;
        const tokensPerSecond = seconds > 0 ? tokens / seconds : 0;
        show({ step, trainedSeconds: seconds, tokens, tokensPerSecond, loss });
        voices.hot({ type: "points", points });
        if (current && loss !== null && now() - progressAt >= PROGRESS_EVERY) {
          progressAt = now();
          voices.event({ type: "progress", number: current.number, step, seconds, loss, tokensPerSecond });
        }
      }
    },
    committed(record) {
      publisher.set({ ...studyParts(study), experiments: study.records.map(viewOf), current: null });
      publisher.flush();
      voices.event(eventOf(record));
      current = null;
    },
    next(proposal) {
      publisher.set({
        next: proposal && { hypothesis: excerpt(proposal.hypothesis), researcher: proposal.researcher },
      });
    },
    notice: (level, text) => tellNotice(voices, level, text),
  };

  /** The parts of the snapshot that change when the incumbent does. */
  function studyParts(study: Study) {
    const view = publisher.state.study;
    return {
      study: view && { ...view, ...standing(study) },
      incumbentSource: incumbentSource(study),
    };
  }
}

function currentOf({ number, proposal }: Candidate, study: Study, now: number): CurrentRun {
  const { researcher, source } = proposal;
  const hypothesis = excerpt(proposal.hypothesis);
  return {
    ...nothingYet,
    ...FIRST_RUN,
    number,
    hypothesis,
    researcher,
    source,
    stage: "loading",
    startedAt: now,
    budgetSeconds: study.file.budgetSeconds,
  };
}

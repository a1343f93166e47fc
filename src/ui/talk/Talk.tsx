// Scored models of the study that write: a prompt, its settings, one text or two beside each other, and their weights to take
// away.

import { type SubmitEvent, useEffect, useState } from "react";
import type { ExperimentView } from "../../research/index.ts";
import { keptModels } from "../../research/page/talk.ts";
import { isRunning } from "../actions/conditions.ts";
import { useActions, useLab, usePage } from "../actions/context.ts";
import { bpb, lineOf } from "../state/format.ts";
import { ModelChoice } from "./ModelChoice.tsx";
import { TalkFields, type TalkForm, requestOf } from "./TalkFields.tsx";
import { TalkText } from "./TalkText.tsx";
import { useTalk } from "./use-talk.ts";

const NONE: readonly ExperimentView[] = [];
const FIRST: TalkForm = { prompt: "", temperature: "0.8", seed: "1", count: "200", stop: "" };

export default function TalkPanel() {
  const { page } = useActions();
  const study = useLab((lab) => lab.study?.tag ?? null, null);
  const experiments = useLab((lab) => lab.experiments, NONE);
  const running = usePage(isRunning);
  const webgpu = usePage((now) => now.webgpu);
  const chosen = usePage((now) => now.talkers);
  const { here, failure: unread } = useKept(study, experiments.length, running);
  const [form, setForm] = useState(FIRST);

  const best = experiments.findLast(
    ({ status, number }) => status === "keep" && here?.includes(number) === true,
  );
  const left =
    chosen[0] !== null && here?.includes(chosen[0]) === true
      ? chosen[0]
      : (best?.number ?? here?.at(-1) ?? null);
  const right = chosen[1] !== null && here?.includes(chosen[1]) === true ? chosen[1] : null;
  const gone = chosen.find((number) => number !== null && here !== null && !here.includes(number)) ?? null;
  const talk = useTalk(study, [left, right], running);
  const request = requestOf(form);
  const why = refusalOf({ webgpu, running, left, request });

  const choose = (side: 0 | 1, number: number | null) => {
    page.setState({ talkers: side === 0 ? [number, right] : [left, number] });
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (why === null && typeof request !== "string") talk.write(request);
  };
  if (here === null) {
    return unread === null ? (
      <p className="quiet">Looking for models…</p>
    ) : (
      <p className="failure" role="alert">
        {unread}
      </p>
    );
  }
  if (here.length === 0) {
    return (
      <p className="empty" data-testid="talk-empty">
        No model is here yet. The lab keeps the weights of every model that it scores from now on, the best,
        the baseline and the newest longest; they stay in this browser until you take them away.
      </p>
    );
  }
  const nameOf = (number: number) => {
    const one = experiments.find((e) => e.number === number);
    return one === undefined ? `#${number}` : `#${number}, ${bpb(one.valBpb)} bits per byte, ${one.status}`;
  };
  return (
    <div className="talk" data-testid="talk">
      <form className="talk-form" onSubmit={submit}>
        <div className="talk-models">
          <ModelChoice
            label="Model"
            here={here}
            value={left}
            nameOf={nameOf}
            study={study}
            choose={(n) => choose(0, n)}
          />
          <ModelChoice
            label="Beside it"
            here={here}
            value={right}
            nameOf={nameOf}
            study={study}
            optional
            choose={(n) => choose(1, n)}
          />
        </div>
        {gone !== null && (
          <p className="warning" role="note">
            The weights of #{gone} are not in this browser any more: another model is chosen.
          </p>
        )}
        <TalkFields form={form} change={setForm} />
        <div className="button-row">
          {talk.writing ? (
            <button type="button" className="button" onClick={talk.stop}>
              Stop writing
            </button>
          ) : (
            <button
              type="submit"
              className="button button-primary"
              disabled={why !== null}
              aria-describedby="talk-why"
            >
              Write
            </button>
          )}
          <span className="quiet" id="talk-why">
            {why}
          </span>
        </div>
        {talk.failure !== null && (
          <p className="failure" role="alert" data-testid="talk-failure">
            {talk.failure}
          </p>
        )}
      </form>
      <div className={right === null ? "talk-texts" : "talk-texts talk-beside"}>
        {talk.texts.map((text, side) => text !== null && <TalkText key={`${side}`} text={text} />)}
      </div>
      <p className="help">
        Marked tokens surprised the model itself: under 25 % and under 5 %. Point at a token, or move through
        the text with the arrow keys, for its probability and what else was likely.
      </p>
    </div>
  );
}

/** Why nothing can be written now; null: it can. */
function refusalOf(now: {
  readonly webgpu: boolean;
  readonly running: boolean;
  readonly left: number | null;
  readonly request: ReturnType<typeof requestOf>;
}): string | null {
  if (!now.webgpu) return "This browser has no WebGPU, on which models write.";
  if (now.running) return "A run needs the GPU for itself: stop the study to talk.";
  if (now.left === null) return "Choose a model.";
  return typeof now.request === "string" ? now.request : null;
}

/** The experiments whose weights this browser keeps; null until they are known. */
function useKept(study: string | null, experiments: number, running: boolean) {
  const [found, setFound] = useState<{
    readonly here: readonly number[] | null;
    readonly failure: string | null;
  }>({
    here: null,
    failure: null,
  });
  useEffect(() => {
    let current = true;
    const show = (here: readonly number[] | null, failure: string | null) => {
      if (current) setFound({ here, failure });
    };
    (study === null ? Promise.resolve([]) : keptModels(study)).then(
      (here) => {
        show(here, null);
      },
      (error: unknown) => {
        show(null, lineOf(error));
      },
    );
    return () => {
      current = false;
    };
  }, [study, experiments, running]);
  return found;
}

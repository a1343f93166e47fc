// The type check of train.ts, in the page: TypeScript itself in a worker of its own, over the declarations of `nn`
// and `prepare`. About half a second cold, a tenth warm; nothing else of the lab waits for it to load.
import { LabError } from "../../error.ts";
import { Questions } from "../../questions.ts";
import type { AssistAnswer, AssistQuestion, Diagnostic } from "../contract/lab-state.ts";
import type { CheckAnswer, CheckRequest } from "./check-worker.ts";

const TIMEOUT_MS = 30_000;

let worker: Worker | null = null;
const questions = new Questions<CheckAnswer>();

function start(): Worker {
  const started = new Worker(new URL("./check-worker.ts", import.meta.url), {
    type: "module",
    name: "check",
  });
  started.onmessage = ({ data }: MessageEvent<CheckAnswer>) => {
    if ("error" in data) questions.refuse(data.id, new LabError("check", data.error));
    else questions.answer(data.id, data);
  };
  started.onerror = (event) => stop(`the type check did not start: ${event.message}`);
  return started;
}

function stop(reason: string): void {
  worker?.terminate();
  worker = null;
  questions.refuseAll(new LabError("check", reason));
}

/**
 * Type errors of a train.ts, in the order of its lines; empty when there is none.
 * Throws `check` when the check itself fails or takes over thirty seconds.
 */
export async function checkSource(source: string): Promise<readonly Diagnostic[]> {
  const answer = await ask({ kind: "check", source });
  return "diagnostics" in answer ? answer.diagnostics : [];
}

/** The documented types of nn and prepare, as the check reads them. Throws `check`. */
export async function manualText(): Promise<string> {
  const answer = await ask({ kind: "manual" });
  return "manual" in answer ? answer.manual : "";
}

/** Help while a train.ts is written; null where there is nothing to say. Throws `check`. */
export async function assist(question: AssistQuestion): Promise<AssistAnswer | null> {
  const answer = await ask({ kind: "assist", question });
  return "assist" in answer ? answer.assist : null;
}

async function ask(asked: CheckRequest["ask"]): Promise<CheckAnswer> {
  const asking = (worker ??= start());
  const timer = setTimeout(() => stop("the type check took over thirty seconds"), TIMEOUT_MS);
  try {
    return await questions.ask((id) => {
      asking.postMessage({ id, ask: asked } satisfies CheckRequest);
    });
  } finally {
    clearTimeout(timer);
  }
}

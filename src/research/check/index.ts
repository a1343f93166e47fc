// The type check of train.ts, in the page: TypeScript itself in a worker of its own, over the declarations of `nn`
// and `prepare`. About half a second cold, a tenth warm; nothing else of the lab waits for it to load.
import { LabError } from "../../error.ts";
import type { AssistAnswer, AssistQuestion, Diagnostic } from "../contract/lab-state.ts";
import type { CheckAnswer, CheckRequest } from "./check-worker.ts";

const TIMEOUT_MS = 30_000;

let worker: Worker | null = null;
let serial = 0;
const waiting = new Map<number, { resolve(found: CheckAnswer): void; reject(error: unknown): void }>();

function start(): Worker {
  const started = new Worker(new URL("./check-worker.ts", import.meta.url), {
    type: "module",
    name: "check",
  });
  started.onmessage = ({ data }: MessageEvent<CheckAnswer>) => {
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if ("error" in data) asked?.reject(new LabError("check", data.error));
    else asked?.resolve(data);
  };
  started.onerror = (event) => stop(`the type check did not start: ${event.message}`);
  return started;
}

function stop(reason: string): void {
  worker?.terminate();
  worker = null;
  for (const asked of waiting.values()) asked.reject(new LabError("check", reason));
  waiting.clear();
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
  worker ??= start();
  const id = ++serial;
  const request: CheckRequest = { id, ask: asked };
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      timer = setTimeout(() => stop("the type check took over thirty seconds"), TIMEOUT_MS);
      worker?.postMessage(request);
    });
  } finally {
    clearTimeout(timer);
  }
}

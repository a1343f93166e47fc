// One fresh conversation for one experiment: the prompt, then tool calls or a single answer, until a submission passes
// the review. A rejected submission goes back with the reason, at most `repairs` times.
import { LabError } from "../../../error.ts";
import type { Brief } from "../../researcher.ts";
import { parseAnswer } from "../answer/answer.ts";
import { type Submission, submissionOf } from "../answer/submission.ts";
import { withoutThoughts } from "../answer/thoughts.ts";
import { callsIn } from "../answer/tool-text.ts";
import type { Reply, Request, ToolAnswer, ToolCall, Turn } from "../wire/channel.ts";
import { failure, failureError } from "../wire/failure.ts";
import type { Facts } from "../material/facts.ts";
import type { Prompt } from "../prompt/prompt.ts";
import { type Checks, review } from "./review.ts";
import { RunTools } from "./tools.ts";

interface Conversation {
  readonly brief: Brief;
  readonly facts: Facts;
  readonly prompt: Prompt;
  readonly bench: Checks;
  /** Whether the model answers through tools. */
  readonly tools: boolean;
  /** Maximum number of calls in this conversation. */
  readonly steps: number;
  /** Maximum number of times that a submission may go back. */
  readonly repairs: number;
  /** Makes one call. The caller checks the budget, retries and books it. */
  call(request: Pick<Request, "system" | "turns" | "tools">): Promise<Reply>;
  onTool(name: string, input: string, output: string): void;
  onSentBack(words: string, left: number): void;
  /** Whether the server has cut the prompt: then the conversation begins anew with a shorter one. */
  promptWasCut(): boolean;
  /** An answer was cut off within its thoughts: the next one needs more room. */
  onThoughtsCutOff(): void;
}

export interface Accepted {
  readonly submission: Submission;
  readonly source: string;
  /** Number of times that it went back before it was accepted. */
  readonly repairs: number;
}

/** Throws `proposal` when the repairs or the steps are used up, `provider` when the server cut the prompt. */
export async function converse(conversation: Conversation, signal: AbortSignal): Promise<Accepted> {
  const { brief, facts, prompt, bench, tools, steps } = conversation;
  const workbench = new RunTools(brief, facts, prompt.fence, bench);
  const turns: Turn[] = [{ role: "user", text: prompt.user }];
  const counter = new Repairs(conversation);
  for (let step = 1; step <= steps; step++) {
    const reply = await conversation.call({
      system: prompt.system,
      turns: [...turns],
      tools: tools ? workbench.tools : [],
    });
    turns.push({ role: "model", reply });
    const calls = tools ? await callsOf(reply, workbench) : [];
    if (calls.length > 0) {
      const left = steps - step;
      const { accepted, answers } = await answerTools(conversation, workbench, calls, counter, left, signal);
      if (accepted) return accepted;
      mustBeWhole(conversation);
      turns.push(
        reply.toolCalls.length > 0 ? { role: "tools", answers } : { role: "user", text: inWords(answers) },
      );
      continue;
    }
    const result = await readAnswer(conversation, workbench, reply, counter, signal);
    if (typeof result !== "string") return result;
    mustBeWhole(conversation);
    const form = tools
      ? "Only the tool submit proposes; or answer with SEARCH/REPLACE blocks and a line HYPOTHESIS: …"
      : "Answer again, complete, in the same form.";
    turns.push({ role: "user", text: `${counter.sendBack(result)} ${form}` });
  }
  throw new LabError("proposal", `the model did not submit within ${steps} steps`);
}

/** An answer to a cut prompt that is no proposal is not the model's mistake. Throws `provider`. */
function mustBeWhole(conversation: Conversation): void {
  if (conversation.promptWasCut()) throw failureError(failure("context", "the server cut the prompt"));
}

/** The tool calls of a reply. A server without a parser for its model's dialect leaves them in the text. */
async function callsOf(reply: Reply, workbench: RunTools): Promise<readonly ToolCall[]> {
  if (reply.toolCalls.length > 0) return reply.toolCalls;
  const names = workbench.tools.map(({ name }) => name);
  const found = await callsIn(withoutThoughts(reply.text), names);
  return found.map((call, i) => ({ ...call, id: `text-${i}` }));
}

/** The tools' answers as text, for a server that left the calls in the text. */
const inWords = (answers: readonly ToolAnswer[]): string =>
  answers.map(({ name, text }) => `${name} answers:\n${text}`).join("\n\n");

/** Counts the rejected submissions, and ends the conversation when there are too many. */
class Repairs {
  #left: number;
  readonly #conversation: Conversation;
  constructor(conversation: Conversation) {
    this.#left = conversation.repairs;
    this.#conversation = conversation;
  }
  get done(): number {
    return this.#conversation.repairs - this.#left;
  }
  /** The message to the model. Throws `proposal` when no repair is left. */
  sendBack(reason: string): string {
    if (this.#left <= 0)
      throw new LabError("proposal", { what: "the model's proposal was rejected", got: reason });
    this.#left -= 1;
    this.#conversation.onSentBack(reason, this.#left);
    const quoted = this.#conversation.prompt.fence.inline(reason, 1200);
    const times = this.#left === 0 ? "This is the last try." : `${this.#left} more may go back.`;
    return `Your proposal cannot run: ${quoted}. Mend it. ${times}`;
  }
}

async function answerTools(
  conversation: Conversation,
  workbench: RunTools,
  calls: readonly ToolCall[],
  counter: Repairs,
  stepsLeft: number,
  signal: AbortSignal,
): Promise<{ accepted: Accepted | null; answers: ToolAnswer[] }> {
  const answers: ToolAnswer[] = [];
  for (const call of calls) {
    const output = await answerTool(conversation, workbench, call, counter, signal);
    if (typeof output !== "string") {
      conversation.onTool(call.name, JSON.stringify(call.input), "accepted");
      return { accepted: output, answers };
    }
    const remark = stepsLeft <= 3 ? `\n(${stepsLeft} steps left: submit.)` : "";
    conversation.onTool(call.name, JSON.stringify(call.input), output);
    answers.push({ id: call.id, name: call.name, text: output + remark });
  }
  return { accepted: null, answers };
}

async function answerTool(
  { brief, bench, prompt }: Conversation,
  workbench: RunTools,
  call: ToolCall,
  counter: Repairs,
  signal: AbortSignal,
): Promise<string | Accepted> {
  try {
    const result = await workbench.run(call, signal);
    if (result.kind === "answer") return result.text;
    const reason = await review(result.source, brief, bench, signal);
    return reason === null
      ? { submission: result.submission, source: result.source, repairs: counter.done }
      : counter.sendBack(reason);
  } catch (error) {
    const words = mistake(error);
    return call.name === "submit" ? counter.sendBack(words) : `Error: ${prompt.fence.inline(words, 800)}`;
  }
}

/** Reads an answer in the single-answer form: returns the accepted proposal, or the reason for its rejection. */
async function readAnswer(
  conversation: Conversation,
  workbench: RunTools,
  reply: Reply,
  counter: Repairs,
  signal: AbortSignal,
): Promise<Accepted | string> {
  const { brief, bench } = conversation;
  try {
    // A model without tools may still write a tool call.
    const called = reply.toolCalls.find(({ name }) => /\bsubmit\b/.test(name));
    const submission = called ? await submissionOf(called.input) : await parseAnswer(reply.text);
    const source = workbench.applied(submission);
    const reason = await review(source, brief, bench, signal);
    return reason ?? { submission, source, repairs: counter.done };
  } catch (error) {
    const words = mistake(error);
    if (reply.finish !== "length") return words;
    if (withoutThoughts(reply.text).trim() === "") conversation.onThoughtsCutOff();
    return `the answer was cut off because it was too long: ${words}`;
  }
}

/** The message of the model's own mistake; every other error is rethrown. */
function mistake(error: unknown): string {
  if (error instanceof LabError && error.code === "proposal") return error.message;
  throw error;
}

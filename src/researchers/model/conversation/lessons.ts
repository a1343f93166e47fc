// Learns from replies and errors which features a server lacks, and how much it can read and write. Each lesson changes
// the next request. Learned sizes grow again, because a server may be restarted with a larger context, or was only
// busy.
import {
  type Abilities,
  type Capabilities,
  MIN_ANSWER,
  MIN_PROMPT,
  type Lack,
  roomOf,
} from "../keys/capabilities.ts";
import { type ModelConfig, researcherName } from "../keys/config.ts";
import type { Failure } from "../wire/failure.ts";
import { isBrokenForm } from "../wire/refusals.ts";
import { CutWatch } from "./cut-watch.ts";

/** Learned sizes grow by the factor `by` every `after` accepted proposals. */
const GROWTH = { after: 8, by: 1.25 };
/** A learned context size grows more rarely. */
const CONTEXT_GROWTH = { after: 24, by: 1.5 };
/** With less room than this, tools and their results leave no room for thinking [tokens]. */
const ROOM_FOR_TOOLS = 10_000;
/** Maximum number of changed requests for one proposal because of sizes. */
const TRIES = 6;

const LACKS: Readonly<Record<Lack, string>> = {
  tools: "does not call tools; it is asked for a single answer instead",
  system: "has no system role; the rules go into the first message",
  stream: "does not stream; its answers come whole",
  streamOptions: "takes no stream_options; its tokens are estimated",
  maxTokens: "takes max_completion_tokens instead of max_tokens",
};
/** Features that a server which refuses in unknown words may lack; the lab leaves out one after the other. */
const SUSPECTS: readonly Lack[] = ["tools", "streamOptions", "system"];
/** Features of Chat Completions that the lab can turn off, but only at servers of the provider `compatible`. */
const OF_CHAT: ReadonlySet<Lack> = new Set<Lack>(["stream", "streamOptions", "maxTokens"]);

export class Lessons {
  readonly #config: ModelConfig;
  readonly #capabilities: Capabilities;
  readonly #notice: (level: "info" | "warning", words: string) => void;
  readonly #watch = new CutWatch();
  /** The server has cut a prompt of this proposal. */
  #cut = false;
  /** Ratio of the server's token count to our estimate. */
  #ratio = 1;
  #answers = 0;
  #tries = 0;
  /** The feature that the next request leaves out to see whether the server refuses it, and the words of the refusal. */
  #suspect: { readonly lack: Lack; readonly why: string } | null = null;
  #cleared = new Set<Lack>();

  constructor(
    config: ModelConfig,
    capabilities: Capabilities,
    notice: (level: "info" | "warning", words: string) => void,
  ) {
    this.#config = config;
    this.#capabilities = capabilities;
    this.#notice = notice;
  }

  get can(): Abilities {
    const known = this.#capabilities.of(this.#config);
    const can = this.#suspect === null ? known : { ...known, [this.#suspect.lack]: false };
    return { ...can, tools: can.tools && roomOf(can) / this.#ratio >= ROOM_FOR_TOOLS };
  }

  /** Maximum length of a prompt, tools included, in tokens as the lab estimates them. */
  get promptTokens(): number {
    const { can } = this;
    return Math.floor(Math.min(can.promptTokens, roomOf(can) / this.#ratio));
  }

  /** Starts a new proposal. */
  begin(): void {
    this.#tries = 0;
    this.#cut = false;
    this.#suspect = null;
    this.#cleared.clear();
  }

  /** Whether the server has cut the prompt of the present conversation: it cannot know what is asked. */
  get promptWasCut(): boolean {
    return this.#cut;
  }

  /** The server answered a request: it takes what that request left out. */
  answered(): void {
    const suspect = this.#suspect;
    this.#suspect = null;
    if (suspect) this.#lack(suspect.lack, suspect.why);
  }

  /**
   * Learns from the failure of a request with a prompt of `sent` tokens. Returns whether a changed request may succeed.
   */
  learn(f: Failure, sent: number): boolean {
    if (f.kind === "lack" && f.lacks !== null && this.#lack(f.lacks, f.words)) return true;
    if (f.kind === "lack" || f.kind === "request" || f.kind === "server") return this.#leaveOut(f);
    if (f.kind !== "context" && f.kind !== "thoughts") return false;
    this.#tries += 1;
    if (this.#tries > TRIES) return false;
    // The count of the cut prompt has set the sizes already.
    if (f.kind === "context" && this.#cut) {
      this.#cut = false;
      return true;
    }
    return f.kind === "context" ? this.#tooLong(f, sent) : this.#thoughts();
  }

  /** An answer was cut off within its thoughts. */
  thoughtsCutOff(): void {
    this.#tries += 1;
    this.#thoughts();
  }

  /** A conversation with tools ended without a call of `submit`. */
  toolsFailed(why: string): void {
    this.#lack("tools", why);
  }

  /** Reports that the server counted `read` tokens for a prompt of about `sent`. */
  read(sent: number, read: number): void {
    if (read <= 0) return;
    this.#ratio = Math.max(this.#ratio, read / sent);
    if (this.#config.provider !== "compatible") return;
    const cut = this.#watch.look(sent, read);
    if (cut === null) return;
    this.#cut = true;
    const why = `it read ${read} tokens of about ${sent}`;
    if ("context" in cut) this.#learn("context", cut.context, why);
    else this.#learn("promptTokens", Math.max(MIN_PROMPT, Math.floor(cut.prompt * 0.9)), why);
    this.#notice(
      "warning",
      `${this.#name} read ${read} tokens of about ${sent}: its server cuts prompts. Give it a longer context (Ollama: OLLAMA_CONTEXT_LENGTH); until then prompts have at most ${this.promptTokens} tokens.`,
    );
  }

  /** A proposal was accepted. */
  worked(): void {
    this.#answers += 1;
    const grow = (name: "context" | "promptTokens" | "answerTokens", { after, by }: typeof GROWTH) => {
      if (this.#answers % after === 0) this.#capabilities.grow(this.#config, name, by);
    };
    grow("promptTokens", GROWTH);
    grow("answerTokens", GROWTH);
    grow("context", CONTEXT_GROWTH);
  }

  get #name(): string {
    return researcherName(this.#config);
  }

  #learn(...[name, value, why]: [Parameters<Capabilities["learn"]>[1], boolean | number, string]): void {
    this.#capabilities.learn(this.#config, name, value, why);
  }

  #lack(lack: Lack, why: string): boolean {
    const theirs = OF_CHAT.has(lack) && this.#config.provider !== "compatible";
    if (theirs || !this.can[lack]) return false;
    this.#learn(lack, false, why);
    this.#notice("info", `${this.#name} ${LACKS[lack]}.`);
    return true;
  }

  /**
   * Leaves out the next feature that may be the cause of a refusal in unknown words. `compatible` servers alone have such
   * words, and of their own errors (5xx) only those of a template or a parser.
   */
  #leaveOut({ kind, words }: Failure): boolean {
    const mayBe = this.#config.provider === "compatible" && (kind !== "server" || isBrokenForm(words));
    if (this.#suspect !== null) this.#cleared.add(this.#suspect.lack);
    this.#suspect = null;
    const { can } = this;
    const lack = SUSPECTS.find((one) => mayBe && can[one] && !this.#cleared.has(one));
    if (lack !== undefined) this.#suspect = { lack, why: words };
    return lack !== undefined;
  }

  #tooLong({ sizes, words }: Failure, sent: number): boolean {
    const before = { prompt: this.promptTokens, answer: this.can.answerTokens };
    if (sizes?.prompt) this.#ratio = Math.max(this.#ratio, sizes.prompt / sent);
    if (sizes?.answer) this.#learn("answerTokens", Math.max(MIN_ANSWER, sizes.answer), words);
    if (sizes?.context) this.#learn("context", Math.max(MIN_PROMPT + MIN_ANSWER, sizes.context), words);
    const now = { prompt: this.promptTokens, answer: this.can.answerTokens };
    // Without a helpful number in the error, both prompt and answer shrink.
    if (now.prompt >= Math.min(before.prompt, sent) && now.answer >= before.answer) {
      this.#learn(
        "promptTokens",
        Math.max(MIN_PROMPT, Math.floor(Math.min(before.prompt, sent) * 0.6)),
        words,
      );
      if (this.#config.provider === "compatible") {
        this.#learn("answerTokens", Math.max(MIN_ANSWER, Math.floor(before.answer * 0.75)), words);
      }
    }
    const { promptTokens } = this;
    this.#notice(
      "warning",
      `The prompt was too long for ${this.#name}: prompts have at most ${promptTokens} tokens now, answers ${this.can.answerTokens}.`,
    );
    return promptTokens < sent || this.can.answerTokens < before.answer;
  }

  /** Gives the answer more room, once for each proposal; if prompt and answer share a context, the prompt loses it. */
  #thoughts(): boolean {
    const { answerTokens, context } = this.can;
    const more = Math.floor(Math.min(answerTokens * 2, context === 0 ? Infinity : context / 2));
    if (this.#tries > 1 || more <= answerTokens) return false;
    this.#learn("answerTokens", more, `its thoughts used up ${answerTokens} tokens`);
    this.#notice(
      "info",
      `The thoughts of ${this.#name} used up its answer: answers may have ${more} tokens now.`,
    );
    return true;
  }
}

// One model that writes: its forward pass on a session, its tokenizer, and each token with its probability.
import { LabError } from "../../error.ts";
import { loadGraph, type Session } from "../../nn/index.ts";
import { createTokenizer, probabilities, type Tokenizer, writeTokens } from "../../prepare/index.ts";
import type { ModelFile } from "./model-file.ts";

export interface Request {
  readonly prompt: string;
  /** Tokens to write at most. */
  readonly count: number;
  /** 0: always the likeliest. */
  readonly temperature: number;
  readonly seed: number;
  /** The text ends where this appears; "": nowhere. */
  readonly stop: string;
}

/** A written token for a reader. */
export interface Written {
  /** Its text; "" while a character of several tokens is incomplete. */
  readonly text: string;
  /** The token by itself; bytes of an incomplete character as `<e2>`. */
  readonly own: string;
  /** Its probability under the model itself, at temperature 1. */
  readonly probability: number;
  /** The likeliest tokens there, the likeliest first. */
  readonly likely: readonly { readonly text: string; readonly probability: number }[];
}

const LIKELY = 5;
/** Starts a text without a prompt: a model needs one token at least. */
const EMPTY = "\n";

export class Writer {
  readonly model: ModelFile;
  readonly #session: Session;
  readonly #forward: ReturnType<ReturnType<typeof loadGraph>["instantiate"]>;
  readonly #tokenizer: Tokenizer;

  /** Puts the weights on the session. Throws LabError "graph" for a pass that does not fit. */
  constructor(session: Session, model: ModelFile) {
    const graph = loadGraph(model.graph);
    const { seqLen, vocabSize } = model;
    const [rows, T] = graph.input;
    if (rows !== 1 || T !== seqLen || graph.output[2] !== vocabSize) {
      throw new LabError("graph", {
        what: "the forward pass does not fit the model",
        got: `[${graph.input.join(", ")}] to [${graph.output.join(", ")}]`,
        expected: `[1, ${seqLen}] to [1, ${seqLen}, ${vocabSize}]`,
      });
    }
    session.activate();
    this.model = model;
    this.#session = session;
    this.#forward = graph.instantiate(session, model.weights);
    this.#tokenizer = createTokenizer(model.merges, vocabSize);
  }

  /** Writes until the count, the stop text or the consumer's end. Returns why it ended. */
  async *write({ prompt, stop, ...options }: Request): AsyncGenerator<Written, "count" | "stop"> {
    const { seqLen } = this.model;
    const encoded = this.#tokenizer.encode(new TextEncoder().encode(prompt === "" ? EMPTY : prompt));
    const tokens = writeTokens(this.#session, this.#forward, { ...options, prompt: encoded, seqLen });
    const decoder = new TextDecoder();
    let tail = "";
    for (;;) {
      // Another model may have written meanwhile: operations record into the active session.
      this.#session.activate();
      const next = await tokens.next();
      if (next.done) return "count";
      const { token, logits } = next.value;
      const p = probabilities(logits);
      const likely = [...p.keys()].sort((a, b) => p[b] - p[a]).slice(0, LIKELY);
      const text = decoder.decode(this.#tokenizer.decode(Uint16Array.of(token)), { stream: true });
      yield {
        text,
        own: this.#textOf(token),
        probability: p[token],
        likely: likely.map((one) => ({ text: this.#textOf(one), probability: p[one] })),
      };
      tail = (tail + text).slice(-2 * stop.length - 64);
      if (stop !== "" && tail.includes(stop)) return "stop";
    }
  }

  #textOf(token: number): string {
    const bytes = this.#tokenizer.decode(Uint16Array.of(token));
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      return [...bytes]
        .map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `<${byte.toString(16)}>`))
        .join("");
    }
  }
}

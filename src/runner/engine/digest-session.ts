// A train.ts that records the steps of a whole run while nothing computes them: the session keeps only their digest.
import { LabError } from "../../error.ts";
import { RunDigest } from "../../nn/index.ts";
import { oneLine } from "../contract/reason.ts";
import { MAX_RECORDED } from "../contract/protocol.ts";
import { parseSessionRequest, type SessionReply } from "./session-protocol.ts";

export class DigestSession {
  readonly #port: MessagePort;
  readonly #digest: RunDigest;
  readonly #expected: Uint32Array;
  /** Why there is no digest; null: there is one. */
  #broken: string | null = null;

  /** `expected`: the trail of another train.ts; the session ends at the first step that differs. Empty: none. */
  constructor(port: MessagePort, seqLen: number, expected: Uint32Array) {
    this.#port = port;
    this.#digest = new RunDigest(seqLen);
    this.#expected = expected;
    port.onmessage = ({ data }: MessageEvent<unknown>) => this.#hear(data);
  }

  /** The digest of the recorded run and the trail of its steps; null where train.ts read values or broke a rule. */
  end(passes: readonly string[], parameters: Uint32Array): { digest: string; trail: Uint32Array } | null {
    if (this.#broken !== null) return null;
    const digest = this.#digest.end(passes, parameters);
    return { digest, trail: Uint32Array.from(this.#digest.trail) };
  }

  close(): void {
    this.#port.onmessage = null;
    this.#port.close();
  }

  #hear(data: unknown): void {
    try {
      const request = parseSessionRequest(data);
      const { id } = request;
      if (request.type === "reset") return this.#say({ type: "done", id, values: [] });
      const { wanted } = this.#digest.add(request.step);
      if (this.#digest.reads) this.#broken = "it reads values";
      if (this.#digest.trail.length > 2 * MAX_RECORDED) this.#broken = "it is too long";
      if (this.#broken !== null || this.#differs()) return this.#say({ type: "over", id });
      this.#say({ type: "started", id, pausedMs: 0, peakBytes: 0 });
      // Only the log gets them.
      this.#say({ type: "done", id, values: wanted.map(() => new Float32Array(1)) });
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      this.#broken = error.message;
      const id = typeof data === "object" && data !== null && "id" in data ? Number(data.id) : 0;
      this.#say({ type: "refused", id, code: error.code, message: oneLine(error.message) });
    }
  }

  #differs(): boolean {
    const { trail } = this.#digest;
    const at = trail.length - 2;
    if (at < 0 || this.#expected.length === 0) return false;
    return [0, 1].some((lane) => trail[at + lane] >>> 0 !== this.#expected[at + lane]);
  }

  #say(reply: SessionReply): void {
    this.#port.postMessage(reply);
  }
}

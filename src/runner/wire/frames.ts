// A message as frames of a WebSocket: each typed array as a binary frame, then the rest as one text frame, the number of
// a channel and JSON in which a mark stands for each array and for a port.
import { LabError } from "../../error.ts";
import { oneLine } from "../contract/reason.ts";

/** Bytes of one frame: the largest array that a message may hold. */
export const MAX_FRAME = 2 ** 30;
/** Bytes of all arrays of one message. */
const MAX_ARRAYS = 2 ** 31;

const ARRAYS = { Float32Array, Float64Array, Uint16Array, Uint32Array } as const;
type Kind = keyof typeof ARRAYS;
const KINDS = Object.keys(ARRAYS) as readonly Kind[];
const MARK = "$";

export type Frame = string | ArrayBufferView<ArrayBuffer>;

/**
 * The frames of a message; `port` is called for a port in it. Throws LabError "protocol" for a message that holds
 * anything but plain data, arrays of the protocol and a port, or too much.
 */
export function pack(channel: number, message: unknown, port: (port: MessagePort) => void): Frame[] {
  const frames: Frame[] = [];
  let bytes = 0;
  const marked = (_: string, value: unknown): unknown => {
    if (value instanceof MessagePort) {
      port(value);
      return { [MARK]: "port" };
    }
    if (!ArrayBuffer.isView(value)) return value;
    const kind = KINDS.find((kind) => value instanceof ARRAYS[kind]);
    if (kind === undefined) throw broken("a typed array that no message has");
    bytes += value.byteLength;
    if (value.byteLength > MAX_FRAME || bytes > MAX_ARRAYS)
      throw broken(`${bytes} bytes of arrays`, `at most ${MAX_FRAME} in one, ${MAX_ARRAYS} in all`);
    frames.push(value as ArrayBufferView<ArrayBuffer>);
    return { [MARK]: kind, at: frames.length - 1 };
  };
  try {
    frames.push(`${channel} ${JSON.stringify(message, marked) ?? "null"}`);
    return frames;
  } catch (error) {
    throw error instanceof LabError ? error : broken(oneLine(String(error), 100)); // a cycle, a bigint
  }
}

export interface Unpacked {
  readonly channel: number;
  readonly message: unknown;
}

/** Puts messages together again; the frames of a message arrive one after the other. */
export class Unpacker {
  #arrays: ArrayBuffer[] = [];
  #bytes = 0;

  /**
   * The message that a frame completes, null for one of its arrays. `port` makes the port that stands in a message of
   * channel 0. Throws LabError "protocol" for frames that `pack` does not make; on another channel, where a train.ts
   * may be the author, such a message is null: its session refuses it, and the connection stays.
   */
  take(frame: string | ArrayBuffer, port: () => MessagePort): Unpacked | null {
    if (typeof frame !== "string") {
      this.#bytes += frame.byteLength;
      if (this.#bytes > MAX_ARRAYS) throw broken(`${this.#bytes} bytes of arrays`, `at most ${MAX_ARRAYS}`);
      this.#arrays.push(frame);
      return null;
    }
    const arrays = this.#arrays;
    [this.#arrays, this.#bytes] = [[], 0];
    const [, digits, json] = /^(\d{1,9}) (.*)$/s.exec(frame) ?? [];
    if (digits === undefined) throw broken("a text without a channel");
    const channel = Number(digits);
    const unmarked = (_: string, value: unknown): unknown => {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, MARK)) return value;
      const { [MARK]: kind, at } = value as { [MARK]: unknown; at?: unknown };
      if (kind === "port" && channel === 0) return port();
      const known = KINDS.find((one) => one === kind);
      const array = typeof at === "number" ? arrays[at] : undefined;
      if (known === undefined || array === undefined) throw broken("a mark without its array");
      return new ARRAYS[known](array);
    };
    try {
      return { channel, message: JSON.parse(json, unmarked) as unknown };
    } catch (error) {
      if (channel > 0) return { channel, message: null };
      throw error instanceof LabError ? error : broken(oneLine(String(error), 100));
    }
  }
}

function broken(got: string, expected = "messages of the engine"): LabError {
  return new LabError("protocol", { what: "the connection to the engine", got, expected });
}

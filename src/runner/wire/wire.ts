// One end of the engine's messages over a WebSocket; both ends are alike. Channel 0 carries the messages of the lab and of
// the engine. A port that a message holds, for the session of a train.ts, goes on at the other end as a port: a channel
// with the next number.
import { LabError } from "../../error.ts";
import { type Frame, pack, Unpacker } from "./frames.ts";

/** Ports that stay open; a session needs one, and ends the one before it. No message tells the end of a port. */
const OPEN = 4;

interface WireEnds {
  /** Sends one frame; may throw LabError "protocol". */
  readonly send: (frame: Frame) => void;
  /** Gets the messages of channel 0. */
  readonly hear: (message: unknown) => void;
  /** A message of the port cannot be sent; one line. The port is closed. */
  readonly refuse: (reason: string) => void;
}

export class Wire {
  readonly #ends: WireEnds;
  readonly #unpacker = new Unpacker();
  readonly #ports = new Map<number, MessagePort>();
  #channel = 0;

  constructor(ends: WireEnds) {
    this.#ends = ends;
  }

  /** Sends a message with its port. Throws LabError "protocol" as `pack` and `send` do. */
  post(message: unknown): void {
    this.#send(0, message);
  }

  /** Takes one frame of the other end. Throws LabError "protocol" for one that no wire sends. */
  take(frame: string | ArrayBuffer): void {
    const unpacked = this.#unpacker.take(frame, () => {
      const { port1, port2 } = new MessageChannel();
      this.#carry(port1);
      return port2;
    });
    if (unpacked === null) return;
    if (unpacked.channel === 0) this.#ends.hear(unpacked.message);
    else this.#ports.get(unpacked.channel)?.postMessage(unpacked.message);
  }

  close(): void {
    for (const channel of this.#ports.keys()) this.#end(channel);
  }

  #end(channel: number): void {
    this.#ports.get(channel)?.close();
    this.#ports.delete(channel);
  }

  #carry(port: MessagePort): void {
    const channel = ++this.#channel;
    this.#end(channel - OPEN);
    this.#ports.set(channel, port);
    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!this.#ports.has(channel)) return;
      try {
        this.#send(channel, data);
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        this.#end(channel);
        this.#ends.refuse(error.message);
      }
    };
  }

  #send(channel: number, message: unknown): void {
    const frames = pack(channel, message, (port) => {
      if (channel !== 0) throw new LabError("protocol", "a session sends no port");
      this.#carry(port);
    });
    for (const frame of frames) this.#ends.send(frame);
  }
}

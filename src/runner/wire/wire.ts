// One end of the engine's messages over a WebSocket; both ends are alike. Channel 0 carries the messages of the lab and of
// the engine. A port that a message holds goes on at the other end as a port with the next number, for the session of a
// train.ts; a session ends the one before it, so only the newest port is open.
import { LabError } from "../../error.ts";
import { type Frame, pack, Unpacker } from "./frames.ts";

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
  #port: MessagePort | null = null;
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
    else if (unpacked.channel === this.#channel) this.#port?.postMessage(unpacked.message);
  }

  close(): void {
    this.#port?.close();
    this.#port = null;
  }

  #carry(port: MessagePort): void {
    this.close();
    const channel = ++this.#channel;
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (channel !== this.#channel) return;
      try {
        this.#send(channel, data);
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        this.close();
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

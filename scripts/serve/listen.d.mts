import type { IncomingMessage, RequestListener } from "node:http";
import type { Duplex } from "node:stream";

export interface Listening {
  readonly port: number;
  close(): Promise<unknown>;
}
export function listen(options: {
  port: number;
  address?: string | null;
  respond: RequestListener;
  upgrade?: ((request: IncomingMessage, socket: Duplex, head: Buffer) => void) | null;
}): Promise<Listening>;

import type { RequestListener } from "node:http";

export interface Listening {
  readonly port: number;
  close(): Promise<unknown>;
}
export function listen(options: {
  port: number;
  address?: string | null;
  respond: RequestListener;
}): Promise<Listening>;

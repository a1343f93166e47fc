export interface ServeOptions {
  readonly port: number;
  /** The host names it answers to besides localhost. */
  readonly hosts: readonly string[];
  /** The address to listen on; null: loopback. */
  readonly address: string | null;
}
export const USAGE: string;
export function parseServeOptions(args: readonly string[]): ServeOptions | "help";

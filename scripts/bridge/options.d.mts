export declare const USAGE: string;

export interface BridgeFlags {
  /** The agent's command and its arguments. */
  readonly words: [string, ...string[]];
  readonly port: number;
  readonly origin: string;
  readonly seconds: number;
}

export declare function parseBridgeOptions(args: readonly string[]): BridgeFlags | "help";

export declare const USAGE: string;

export interface EngineFlags {
  readonly port: number;
  readonly origin: string;
}

export declare function parseEngineOptions(args: readonly string[]): EngineFlags | "help";

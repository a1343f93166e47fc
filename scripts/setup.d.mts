export const root: string;
export function fail(line: string): never;
export function run(
  command: string,
  args: string[],
  options?: { env?: Record<string, string>; quiet?: boolean },
): Promise<number>;
export function load(file: "serve.ts" | "lab/main.ts" | "verify/main.ts"): Promise<unknown>;
export function prepare(options?: { corpus?: boolean; quiet?: boolean }): Promise<void>;
export function build(options?: { quiet?: boolean }): Promise<void>;
export function findChromium(): string | null;
export function ensureChromium(): Promise<string>;

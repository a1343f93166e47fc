export interface Choice {
  readonly name: string;
  readonly files: readonly string[];
}
export function suiteOf(path: string): string | null;
export function choose(words: readonly string[], names: readonly string[], root: string): Choice[];

// The sizes of the benchmark's model: V vocabulary, d width, L layers, H heads, T time, B batch.

export interface StepConfig {
  readonly V: number;
  readonly d: number;
  readonly L: number;
  readonly H: number;
  readonly T: number;
  readonly B: number;
}

export const CONFIGS: Readonly<Record<string, StepConfig>> = {
  C0: { V: 1024, d: 128, L: 4, H: 4, T: 128, B: 8 },
  // The same plan on 16 tokens: measures the JavaScript of a step in a single submission, as on a GPU.
  "C0-16": { V: 1024, d: 128, L: 4, H: 4, T: 16, B: 1 },
  C1: { V: 256, d: 96, L: 3, H: 4, T: 128, B: 8 },
  C2: { V: 4096, d: 384, L: 6, H: 6, T: 256, B: 16 },
};

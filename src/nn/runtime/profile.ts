// Measures the time of each kernel in an additional run of a program.

import { passTimes } from "./pass-times.ts";
import { encode, type Program } from "./program.ts";

export interface KernelTime {
  readonly label: string;
  readonly file: string;
  readonly ms: number;
  readonly flops: number;
  readonly bytes: number;
}

/** Runs the program once more, kernel by kernel, with the numbers of its last run. This is a real training step. */
export async function profile(device: GPUDevice, program: Program): Promise<KernelTime[]> {
  const times = await passTimes(
    device,
    program.steps.map((step) => (pass) => {
      encode(pass, step);
    }),
  );
  return program.steps.map(({ dispatch: { kernel } }, i) => ({
    label: kernel.label,
    file: kernel.file,
    ms: times[i],
    flops: kernel.flops,
    bytes: kernel.bytes,
  }));
}

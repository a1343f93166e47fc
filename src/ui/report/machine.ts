// The machine in a few words.

import type { DeviceView } from "../../research/index.ts";

export function machineName({ vendor, architecture, description }: DeviceView): string {
  return description !== "" ? description : [vendor, architecture].join(" ").trim();
}

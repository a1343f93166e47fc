// Fetches the recorded night, only when the reader wants it.

import night from "./night.json?url";
import { LabError } from "../../error.ts";
import { RecordedLab } from "./recorded-lab.ts";
import type { Recording } from "./recording.ts";

/** Throws LabError "host" when the file cannot be fetched. */
export async function openRecording(): Promise<RecordedLab> {
  const response = await fetch(night);
  if (!response.ok) throw new LabError("host", `the recorded night: the host answers ${response.status}`);
  return new RecordedLab((await response.json()) as Recording);
}

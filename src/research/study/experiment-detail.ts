// One experiment in detail for the page: its source, the source it was made from, its course.
import { LabError } from "../../error.ts";
import type { Repository } from "../../repo/index.ts";
import { describeStep } from "./describe-step.ts";
import type { ExperimentDetail } from "../contract/lab-state.ts";
import type { Study } from "./study.ts";

/** LabError "value" where no experiment has the number. `peak`: the adapter's [FLOP/s]; null: not known. */
export async function detailOf(
  repository: Pick<Repository, "readCommit">,
  study: Study,
  number: number,
  peak: number | null,
): Promise<ExperimentDetail> {
  const record = study.records[number];
  if (!record) throw new LabError("value", { what: `there is no experiment ${number}` });
  const from = record.base ?? record.parent;
  const parent = from === null ? undefined : study.records[from];
  const { message } = await repository.readCommit(record.commit);
  const parentSource = parent?.source ?? study.seedSource;
  const step = describeStep(record, peak);
  return { number, source: record.source, parentSource, curve: record.curve, message, step };
}

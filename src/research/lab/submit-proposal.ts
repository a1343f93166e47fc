// The human's own proposal: refused at once when it repeats or does not type-check, else queued for the next slot.
import { LabError } from "../../error.ts";
import { mustBeFreeOfKeys } from "../researchers/key-scan.ts";
import type { LabParts, Owned } from "./parts.ts";
import { repeated, typeError } from "../loop/propose.ts";
import type { Command } from "../contract/lab-state.ts";
import { historyOfStudy, type Study } from "../study/study.ts";
import { tellNotice } from "./loop-listener.ts";
import { asSource, excerpt } from "../../text.ts";

/** Queues it. Throws LabError `proposal` or `check` with the line to show. */
export async function submitProposal(
  parts: LabParts,
  { journal }: Owned,
  study: Study,
  { source: text, hypothesis, base = null }: Extract<Command, { type: "submit-proposal" }>,
): Promise<void> {
  const source = asSource(text);
  if (base !== null && study.records[base] === undefined)
    throw new LabError("proposal", { what: `there is no experiment #${base} to fork from` });
  if (parts.desk) mustBeFreeOfKeys({ "train.ts": source, hypothesis }, parts.desk.keys, "the proposal");
  const waiting = journal.now.queue.map((queued, i) => ({
    ...queued,
    number: study.records.length + 1 + i,
    category: "human",
  }));
  const twin = repeated(source, { history: historyOfStudy(study), pending: waiting });
  if (twin !== null)
    throw new LabError("proposal", { what: `this train.ts is ${twin}`, hint: "change something" });
  const problem = await typeError(
    {
      check: (candidate) => parts.check(candidate),
      listener: {
        notice: (level, text) => {
          tellNotice(parts, level, text);
        },
      },
    },
    source,
  );
  if (problem !== null) throw new LabError("check", problem);
  const words = hypothesis.trim() === "" ? "A change by hand" : hypothesis.trim();
  await journal.update(({ queue }) => ({
    queue: [...queue, { source, hypothesis: words, ...(base === null ? {} : { base }) }],
  }));
  const first = journal.now.queue[0];
  parts.publisher.set({
    next: first ? { hypothesis: excerpt(first.hypothesis), researcher: "human" } : null,
  });
}

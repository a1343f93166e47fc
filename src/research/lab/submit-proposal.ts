// A proposal from the human or an agent: refused at once when it repeats or does not type-check, else queued
// for the next slot.
import { LabError } from "../../error.ts";
import { mustBeFreeOfKeys } from "../researchers/key-scan.ts";
import type { LabParts, Owned } from "./parts.ts";
import { repeated, typeError } from "../loop/propose.ts";
import type { Command } from "../contract/lab-state.ts";
import { candidateFile, historyOfStudy, type Study } from "../study/study.ts";
import { tellNotice } from "./loop-listener.ts";
import { asSource, excerpt } from "../../text.ts";

/**
 * Queues it; resolves with the number of its experiment. Throws LabError `proposal` or `check` with the line to show.
 */
export async function submitProposal(
  parts: LabParts,
  { journal }: Owned,
  study: Study,
  { source: text, hypothesis, base = null, by }: Extract<Command, { type: "submit-proposal" }>,
): Promise<number> {
  const source = asSource(text);
  if (base !== null && study.records[base] === undefined)
    throw new LabError("proposal", { what: `there is no experiment #${base} to fork from` });
  const file = candidateFile(study.file);
  const texts = { [file]: source, hypothesis, ...by };
  if (parts.service) mustBeFreeOfKeys(texts, parts.service.keys, "the proposal");
  const waiting = journal.now.queue.map((queued, i) => ({
    category: "human",
    ...queued,
    number: study.records.length + 1 + i,
  }));
  const twin = repeated(source, { history: historyOfStudy(study), pending: waiting });
  if (twin !== null)
    throw new LabError("proposal", { what: `this ${file} is ${twin}`, hint: "change something" });
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
    file,
  );
  if (problem !== null) throw new LabError("check", problem);
  const words = hypothesis.trim() === "" ? "A change by hand" : hypothesis.trim();
  await journal.update(({ queue }) => ({
    queue: [...queue, { source, hypothesis: words, ...(base === null ? {} : { base }), ...by }],
  }));
  const { queue, slot } = journal.now;
  const [first] = queue;
  parts.publisher.set({
    next: first ? { hypothesis: excerpt(first.hypothesis), researcher: first.researcher ?? "human" } : null,
  });
  const done = study.records.length;
  return (slot?.number === done ? done + 1 : done) + queue.length - 1;
}

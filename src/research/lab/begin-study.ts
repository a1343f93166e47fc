// Begins a study: fixes its text and its arena from the measurement of the adapter, and writes the first commit.
import { seedFor } from "../../seed/index.ts";
import { chooseArena } from "../study/arena.ts";
import { type Corpora, corpusView } from "../study/texts.ts";
import type { LabParts, Owned } from "./parts.ts";
import type { Settings } from "../contract/lab-state.ts";
import { createStudy, freeTag, type Study } from "../study/study.ts";
import { asSource } from "../../text.ts";
import type { Recognised } from "../../prepare/index.ts";
import { tellNotice } from "./loop-listener.ts";

/** The new study, which the journal already has open. After LabError `corpus`, `storage` or `git` there is no study. */
export async function beginStudy(
  parts: LabParts,
  { repository, journal, device }: Owned,
  corpora: Corpora,
  settings: Settings,
): Promise<Study> {
  const { publisher, clock } = parts;
  const corpus = await corpora.withVocabulary(settings.vocabSize);
  publisher.set({ corpus: corpusView(corpus) });
  const { known } = corpus.manifest;
  if (known) tellNotice(parts, "warning", knownWords(known));
  await corpora.keep();
  const createdAt = clock.now();
  const taken = (await repository.listStudies()).map((study) => study.tag);
  const tag = freeTag(new Date(createdAt), [...taken, ...(await repository.deletedStudies())]);
  const program = settings.program ?? publisher.state.program;
  const facts = {
    tag,
    settings,
    program,
    createdAt,
    source: settings.train === undefined ? seedFor(device.tier).source : asSource(settings.train),
    arena: chooseArena(corpus, device, settings),
  };
  const study = await journal.write(
    () => ({ tag, program, active: true, limit: settings.experiments, slot: null, queue: [], sentBack: [] }),
    (value) => createStudy(repository, { ...facts, journal: value }),
  );
  publisher.set({ studies: [tag, ...taken], program });
  return study;
}

function knownWords({ name, share }: Recognised): string {
  const part = `${Math.round(100 * share)} % of ${name} was found in this text`;
  return `${part}, which language models know by heart: their gains may come from memory of the validation text. Text of your own is safer.`;
}

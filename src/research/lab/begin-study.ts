// Begins a study: fixes its arena, a GPT's with its text from the measurement of the adapter, and writes the first commit.
import { LabError } from "../../error.ts";
import { seedFor, seedProgram } from "../../seed/index.ts";
import { chooseArena } from "../study/arena.ts";
import { type Corpora, corpusView } from "../study/texts.ts";
import type { LabParts, Owned } from "./parts.ts";
import type { Settings } from "../contract/lab-state.ts";
import { newArenaStudy, settingsFor } from "../arenas/study-facts.ts";
import { type ArenaChoice, arenaOfStudy, GPT_ARENA } from "../contract/arena-view.ts";
import { createStudy, freeTag, type NewStudy, openStudy, type Study } from "../study/study.ts";
import { asSource } from "../../text.ts";
import type { Recognised } from "../../prepare/index.ts";
import { tellNotice } from "./loop-listener.ts";

/** The new study, which the journal already has open. After LabError `corpus`, `storage` or `git` there is no study. */
export async function beginStudy(
  parts: LabParts,
  owned: Owned,
  corpora: Corpora,
  settings: Settings,
): Promise<Study> {
  const { publisher } = parts;
  const { device } = owned;
  if (device === null)
    throw new LabError("device", {
      what: "a GPT needs a device that computes",
      got: publisher.state.noDevice ?? "none",
      hint: "choose another arena, or an engine under Machine",
    });
  const corpus = await corpora.withVocabulary(settings.vocabSize);
  publisher.set({ corpus: corpusView(corpus) });
  const { known } = corpus.manifest;
  if (known) tellNotice(parts, "warning", knownWords(known));
  await corpora.keep();
  return openNew(parts, owned, {
    settings,
    program: settings.program ?? programFor(parts, GPT_ARENA.id, seedProgram),
    source: settings.train === undefined ? seedFor(device.tier).source : asSource(settings.train),
    arena: chooseArena(corpus, device, settings),
  });
}

/** The same for a study of another arena, which needs neither a text nor a device. LabError `arena` names a bad choice. */
export async function beginArenaStudy(
  parts: LabParts,
  owned: Owned,
  settings: Settings,
  choice: ArenaChoice,
): Promise<Study> {
  const { arena, instances } = await chosenArena(parts, owned, choice);
  for (const notice of arena.notices ?? []) tellNotice(parts, "info", notice);
  const rule = settings.rule === "auto" ? "paired" : settings.rule;
  const facts = newArenaStudy(arena, instances);
  return openNew(parts, owned, {
    ...facts,
    settings: settingsFor(arena, { ...settings, rule }),
    program: settings.program ?? programFor(parts, arena.manifest.id, facts.program),
    source: settings.train === undefined ? facts.source : asSource(settings.train),
  });
}

/** The arena of a choice, and the seed of its instances: drawn anew, so that no candidate can know the answers. */
async function chosenArena({ arenas }: LabParts, { repository }: Owned, choice: ArenaChoice) {
  if ("study" in choice) {
    const study = await openStudy(repository, choice.study);
    return { ...(await arenas.benchOf(study)), instances: study.file.arena?.instances ?? 0 };
  }
  const instances = choice.instances ?? Math.floor(Math.random() * 2 ** 32);
  return { arena: await arenas.choose(choice), instances };
}

/** The program.md on the page, unless it is of another arena. */
function programFor({ publisher }: LabParts, arena: string, first: string): string {
  const { study, program } = publisher.state;
  const onPage = study === null ? GPT_ARENA.id : arenaOfStudy(study).id;
  return onPage === arena ? program : first;
}

async function openNew(
  { publisher, clock }: LabParts,
  { repository, journal }: Owned,
  given: Omit<NewStudy, "tag" | "createdAt" | "journal">,
): Promise<Study> {
  const { settings, program } = given;
  const createdAt = clock.now();
  const taken = (await repository.listStudies()).map((study) => study.tag);
  const tag = freeTag(new Date(createdAt), [...taken, ...(await repository.deletedStudies())]);
  const study = await journal.write(
    () => ({ tag, program, active: true, limit: settings.experiments, slot: null, queue: [], sentBack: [] }),
    (value) => createStudy(repository, { ...given, tag, createdAt, journal: value }),
  );
  publisher.set({ studies: [tag, ...taken], program });
  return study;
}

function knownWords({ name, share }: Recognised): string {
  const part = `${Math.round(100 * share)} % of ${name} was found in this text`;
  return `${part}, which language models know by heart: their gains may come from memory of the validation text. Text of your own is safer.`;
}

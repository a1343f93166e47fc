// What a study runs with: a text and the device for a GPT, or the runner of its arena.
import { messageOf } from "../../error.ts";
import type { Corpus } from "../../prepare/index.ts";
import type { Runner } from "../../runner/index.ts";
import type { LabNotice } from "../contract/lab-state.ts";
import type { LoopContext, ModelKeeper } from "../experiment/context.ts";
import { rehearse } from "../loop/rehearse.ts";
import { modelFileOf, type Models } from "../models/model-of.ts";
import type { ResearcherService } from "../researchers/researcher-service.ts";
import type { Study } from "../study/study.ts";
import type { ArenaBench } from "./arena-source.ts";
import { editsOf, NO_TEXT } from "./study-facts.ts";

export interface StudyBench extends Pick<LoopContext, "corpus" | "runner" | "check" | "manual" | "models"> {
  /** The text in it that language models know by heart, or null. */
  readonly known: string | null;
  /** Prepares the researcher for a loop over this study. */
  introduce(service: ResearcherService): void;
}

/** The parts of the lab that a GPT's study needs. */
interface GptParts extends Pick<LoopContext, "check" | "manual"> {
  readonly runner: Pick<Runner, "run" | "rehearse">;
  readonly models: Models;
}

type Tell = (level: LabNotice["level"], text: string) => void;

export function gptBench(parts: GptParts, tell: Tell, study: Study, corpus: Corpus): StudyBench {
  return {
    corpus,
    runner: parts.runner,
    manual: parts.manual,
    check: (source) => parts.check(source),
    models: modelsOf(parts.models, tell, study, corpus),
    known: corpus.manifest.known?.name ?? null,
    introduce: (service) => {
      service.useEdits(null);
      service.setRehearsal((source, signal) => rehearse(parts.runner, study, corpus, source, signal));
    },
  };
}

/** An arena's candidates have no manual, no weights and no text. */
export function arenaBench({ arena, runner, check }: ArenaBench): StudyBench {
  const introduce = (service: ResearcherService) => service.useEdits(editsOf(arena));
  return { corpus: NO_TEXT, runner, check, manual: "", known: null, introduce };
}

function modelsOf(models: Models, tell: Tell, study: Study, corpus: Corpus): ModelKeeper {
  return {
    keep: (model) => {
      const records = study.records.map(({ number, status }) => ({ number, status }));
      models
        .keep(
          modelFileOf(model, study.file, corpus),
          { study: study.file.study, number: model.number },
          records,
        )
        .catch((error: unknown) => {
          tell("warning", messageOf(error));
        });
    },
  };
}

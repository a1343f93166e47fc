// A study as the page's recorded night; bundled for Node by record-night.ts.
import { readFileSync } from "node:fs";
import { createTokenizer } from "../../src/prepare/index.ts";
import { parseManifest } from "../../src/prepare/corpus/manifest.ts";
import { memoryStore, openRepository } from "../../src/repo/index.ts";
import { auditNotebook } from "../../src/research/claims/audit.ts";
import { papersOfBundle, studyOf } from "../../src/research/claims/claim.ts";
import { FIRST_STATE } from "../../src/research/lab/publisher.ts";
import { studyView } from "../../src/research/lab/parts.ts";
import { detailOf } from "../../src/research/study/experiment-detail.ts";
import { viewOf } from "../../src/research/study/record.ts";
import { corpusView } from "../../src/research/study/texts.ts";
import type { Recording } from "../../src/ui/recording/recording.ts";

const CORPUS = "public/corpus/";

/** Throws where the study has no experiment, or is not one on the embedded text. */
export async function makeRecording(bundle: Uint8Array): Promise<Recording> {
  const repository = await openRepository({ store: memoryStore() });
  const papers = await papersOfBundle(repository, await repository.importBundle(bundle, "recorded"));
  const study = await studyOf(papers, await auditNotebook(papers));
  const manifest = parseManifest(JSON.parse(readFileSync(`${CORPUS}manifest.json`, "utf8")));
  if (manifest.hash !== study.file.corpusHash || manifest.merges === null)
    throw new Error("the recorded study must be one on the embedded text");
  const merges = new Uint16Array(new Uint8Array(readFileSync(CORPUS + manifest.merges.url)).buffer);
  const { vocabSize, tier } = study.file;
  const tokenizer = createTokenizer(merges, vocabSize);
  const corpus = corpusView({ manifest: { ...manifest, vocabSize }, tokenizer });

  const [first] = study.records;
  if (first === undefined) throw new Error("the study has no experiment");
  const details = [];
  const round = (value: number) => Number(value.toFixed(4));
  for (const { number } of study.records) {
    const { parentSource: _, curve, ...detail } = await detailOf(repository, study, number, null);
    details.push({ ...detail, curve: curve.map(([second, loss]) => [round(second), round(loss)] as const) });
  }
  const shown = studyView(study, study.records.length);
  const recording: Recording = {
    end: {
      ...FIRST_STATE,
      phase: "readonly",
      device: {
        vendor: "",
        architecture: "",
        description: first.device,
        software: tier === "software",
        features: [],
        tier,
        gflops: 0,
      },
      corpus: { ...corpus, packages: [] },
      program: await repository.readFile(study.incumbentCommit, "program.md"),
      study: shown,
      studies: [shown.tag],
      experiments: study.records.map(viewOf),
    },
    seedSource: study.seedSource,
    details,
  };
  await repository.close();
  return recording;
}

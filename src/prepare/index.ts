// The fixed half of the lab, which no researcher may change: the corpus and its tokenizer, the windows of a score, the
// batches for train.ts, the clock of the loop, the probes, the score and the sample. It computes through nn and does
// not depend on workers, pages or verdicts. Other folders import only this file; train.ts sees api.ts under the name
// "prepare". scripts/corpus.ts builds the embedded corpus, `loadEmbedded` loads it; `importFiles` makes a corpus of a
// user's files. Call both in a worker.
export type { Arena } from "./device/arena.ts";
export type { Baselines } from "./corpus/baselines.ts";
export type { Corpus, DescribedCorpus } from "./corpus/corpus.ts";
export { describeEmbedded, loadEmbedded } from "./corpus/embedded.ts";
export { CORPUS_CACHE } from "./corpus/shard-store.ts";
export { importText, importTexts } from "./corpus/import.ts";
export { importFiles } from "./files/import-files.ts";
export { type Lines, parquetLines, type ReadParquet } from "./files/parquet.ts";
export type { TextOrigin } from "./corpus/manifest.ts";
export type { TextFile } from "./corpus/text-source.ts";
export type { CorpusProgress, CorpusStage } from "./corpus/progress.ts";
export { seededRandom, type Random } from "./training/random.ts";
export { createTokenizer, trainTokenizer } from "./tokenizer/tokenizer.ts";
export type { Tokenizer } from "./tokenizer/tokenizer.ts";
export { bitsPerByte, chunkBitsPerByte, chunkBytes, makeWindows } from "./score/windows.ts";
export type { Windows } from "./score/windows.ts";
export { Batches, drawRows, noise, Rows } from "./training/batches.ts";
export { measureAdapter } from "./device/measure.ts";
export type { Measurable } from "./device/measure.ts";
export { DeviceSpeed } from "./device/device-speed.ts";
export { DEFAULT_NOISE, drawsFor, smallestFound } from "./score/draws.ts";
export { comparePasses, readPass } from "./score/passes.ts";
export { ask, otherFuture, otherRows, rowsAt } from "./score/probes.ts";
export type { Change, Probe, ProbeText, Witness } from "./score/probes.ts";
export { probeRows } from "./score/row-probe.ts";
export { probabilities, sampleTokens, writeTokens } from "./score/sample.ts";
export { scoreWindows } from "./score/score.ts";
export type { Scored } from "./score/score.ts";
export { examinerOf } from "./score/examiner.ts";
export type { Computer, ForwardPass } from "./score/examiner.ts";
export { BudgetSpent, trainApi } from "./training/training.ts";
export type { Model } from "./api.ts";
export type { LoopEngine, LoopHost, LoopState } from "./training/training.ts";
export { fold } from "./known/fold.ts";
export { controlTokensOf, heldOutSplits } from "./device/held-out.ts";
export type { Recognised } from "./known/known-texts.ts";
export { eachStretch } from "./known/rolling-hash.ts";

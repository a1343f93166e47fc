// How often the control text would refuse an honest change: small models with real changes, trained on the float64
// reference for the same number of steps, each compared with every one that scores worse. Loaded by record-runs.ts.
import { readFileSync } from "node:fs";
import { catalogue } from "../../src/researchers/builtin/edits/catalogue.ts";
import { setConstants } from "../../src/researchers/source/constants.ts";
import { nn } from "../../src/nn/index.ts";
import type { Model } from "../../src/prepare/api.ts";
import { scoreWindows } from "../../src/prepare/score/score.ts";
import { trainOnReference } from "../../src/prepare/testing/train-on-reference.ts";
import { seededRandom } from "../../src/prepare/training/random.ts";
import { chunkBitsPerByte, chunkBytes, makeWindows } from "../../src/prepare/score/windows.ts";
import { score, type WeighedRun } from "../../src/research/verdict/evidence.ts";
import { weighControl } from "../../src/research/verdict/control.ts";

const [T, V, STEPS, WINDOWS, CHUNKS] = [16, 128, 100, 160, 80];
/** Factors of the learning rates that make a model clearly better or worse. */
const RATES = [0.3, 0.6, 1, 1.5];
/** Structural edits tried beside them. */
const EDITS = 6;

const seed = setConstants(readFileSync(new URL("../../src/seed/train.ts", import.meta.url), "utf8"), {
  DEPTH: 1,
  HEADS: 2,
  HEAD_DIM: 8,
  MLP_RATIO: 2,
  BATCH: 4,
});

/** Trains every source with two seeds; the last twentieth of the text is halved like a study's test split. */
export async function heldAgainst(text: Uint8Array, said: (line: string) => void) {
  const tokens = Uint16Array.from(text, (byte) => byte % V);
  const [train, validation, test] = [0.9, 0.95, 0.975].map((part) => Math.floor(part * tokens.length));
  const splits = [tokens.slice(train, validation), tokens.slice(test)];
  const windows = splits.map((split) =>
    makeWindows(split, { byteLengths: new Uint16Array(V).fill(1) }, T, WINDOWS),
  );
  const edits = catalogue.flatMap(({ name, apply }) => {
    const edited = apply(seed);
    return edited === null ? [] : [[name, edited] as const];
  });
  const every = Math.max(1, Math.floor(edits.length / EDITS));
  const sources = [
    ...RATES.map((rate) => [`rate × ${rate}`, scaled(seed, rate)] as const),
    ...edits.filter((_, i) => i % every === 0).slice(0, EDITS),
  ];
  const runs: { readonly name: string; readonly texts: readonly WeighedRun[] }[] = [];
  for (const [name, source] of sources) {
    for (const one of [1, 2]) {
      const { model, session } = await trainOnReference(source, {
        tokens: tokens.slice(0, train),
        seqLen: T,
        vocabSize: V,
        seed: one,
        steps: STEPS,
      });
      const forward = (x: Parameters<Model["forward"]>[0]) => nn.noGrad(() => model.forward(x));
      const texts: WeighedRun[] = [];
      for (const [i, split] of splits.entries()) {
        const { nats } = await scoreWindows(session, forward, {
          tokens: split,
          starts: windows[i].starts,
          seqLen: T,
          vocabSize: V,
          batch: 8,
          draws: 0,
          random: seededRandom(1),
        });
        const chunks = chunkBitsPerByte(nats, windows[i], CHUNKS);
        texts.push({ chunks, bytes: chunkBytes(windows[i], CHUNKS) });
      }
      runs.push({ name, texts });
      said(`${name}, seed ${one}: ${texts.map((run) => score(run).toFixed(4)).join(" and ")}`);
    }
  }
  return pairs(runs);
}

/** Every pair in which the first is lower on the validation text. */
function pairs(runs: readonly { readonly name: string; readonly texts: readonly WeighedRun[] }[]) {
  const found = runs.flatMap((candidate) =>
    runs
      .filter(({ name, texts }) => name !== candidate.name && score(texts[0]) > score(candidate.texts[0]))
      .map((incumbent) => {
        const [validation, control] = [0, 1].map((i) => ({
          candidate: candidate.texts[i],
          incumbent: incumbent.texts[i],
        }));
        return weighControl(validation, control);
      }),
  );
  const shares = found
    .filter(({ validationGain, validationError }) => validationGain > 5 * validationError)
    .map(({ validationGain, controlGain }) => controlGain / validationGain)
    .sort((a, b) => a - b);
  return {
    pairs: found.length,
    contradicted: found.filter(({ contradicted }) => contradicted).length,
    lowestChance: Math.min(...found.map(({ chance }) => chance)),
    clearGains: shares.length,
    shareOnControl: [0, 0.05, 0.5, 0.95, 1].map((p) =>
      shares[Math.round(p * (shares.length - 1))]?.toFixed(2),
    ),
  };
}

/** The seed with its rates multiplied. */
function scaled(source: string, factor: number): string {
  const rates = [...source.matchAll(/^const (\w*(?:LR|RATE)\w*) = ([\d.e-]+);/gm)];
  if (rates.length === 0) throw new Error("the seed declares no rate");
  return setConstants(
    source,
    Object.fromEntries(rates.map(([, name, value]) => [name, factor * Number(value)])),
  );
}

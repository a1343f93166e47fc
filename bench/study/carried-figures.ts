// The figures of docs/hostile.md about text that a train.ts carries. Loaded by carried.ts.
import { readdirSync, readFileSync } from "node:fs";
import { catalogue } from "../../src/researchers/builtin/edits/catalogue.ts";
import { parseManifest } from "../../src/prepare/corpus/manifest.ts";
import { createTokenizer, importText, type Tokenizer } from "../../src/prepare/index.ts";
import { compare, longestByChance, type Shared } from "../../src/runner/carried/carried.ts";
import { type HeldOut, indexOf } from "../../src/runner/carried/held-out.ts";

export interface Splits {
  readonly tokenizer: Tokenizer;
  readonly train: Uint16Array;
  readonly validation: Uint16Array;
  readonly test: Uint16Array;
}

/** Size of a piece of unrelated text [bytes]. */
const PIECE = 10_000;

export function embeddedTexts(): Splits {
  const bytes = (name: string) => new Uint8Array(readFileSync(`public/corpus/${name}`));
  const manifest = parseManifest(JSON.parse(readFileSync("public/corpus/manifest.json", "utf8")));
  if (manifest.merges === null) throw new Error("the embedded corpus has no merges");
  const split = (name: string) => {
    const files = manifest.shards.filter((shard) => shard.split === name).map(({ url }) => bytes(url));
    return new Uint16Array(new Uint8Array(Buffer.concat(files)).buffer);
  };
  return {
    tokenizer: createTokenizer(new Uint16Array(bytes(manifest.merges.url).buffer), manifest.vocabSize),
    train: split("train"),
    validation: split("validation"),
    test: split("test"),
  };
}

export const importedTexts = (file: Blob, name: string): Promise<Splits> => importText(file, name);

export function figures({ tokenizer, train, validation, test }: Splits) {
  const { merges, vocabSize } = tokenizer;
  const half = test.length >> 1;
  const before = process.cpuUsage();
  const index = indexOf({
    train,
    heldOut: [validation, test.slice(0, half), test.slice(half)],
    merges,
    vocabSize,
  });
  const spent = process.cpuUsage(before);
  const honest = honestSources().map(([name, source]) => ({ name, ...compared(source, index) }));
  const top = (by: (one: (typeof honest)[number]) => number) =>
    honest.reduce((a, b) => (by(b) > by(a) ? b : a));
  const [run, scraps] = [top(({ longestRun }) => longestRun), top((one) => one.scraps)];
  // Unrelated text of the same kind: the test split, compared with an index of validation alone.
  const other = indexOf({ train, heldOut: [validation], merges, vocabSize });
  const text = tokenizer.decode(test);
  const pieces = Array.from({ length: Math.floor(text.length / PIECE) }, (_, i) =>
    compared(
      `const A = ${JSON.stringify(new TextDecoder().decode(text.subarray(i * PIECE, (i + 1) * PIECE)))};`,
      other,
    ),
  );
  const alarms = (scrapsOnly: boolean) =>
    pieces.filter(({ carried }) => carried?.scraps === scrapsOnly).length;
  return {
    trainBytes: tokenizer.decode(train).length,
    indexCpuMs: Math.round((spent.user + spent.system) / 1000),
    honest: honest.length,
    flagged: honest.filter(({ carried }) => carried !== null).map(({ name }) => name),
    longestRun: `${run.name}: ${run.longestRun} of at most ${run.limit}`,
    mostScraps: `${scraps.name}: ${scraps.scraps}`,
    sameKind: { pieces: pieces.length, flaggedForARun: alarms(false), flaggedForScraps: alarms(true) },
  };
}

function compared(source: string, index: HeldOut): Shared & { readonly limit: number } {
  const letters = source.replace(/[^a-z0-9]/gi, "").length;
  return { ...compare(source, index), limit: longestByChance(letters, index.grams.letters) };
}

/** The seed, every edit of the catalogue, the hostile cases that carry no text, and long files of the lab itself. */
function honestSources(): (readonly [name: string, source: string])[] {
  const read = (path: string) => [path, readFileSync(path, "utf8")] as const;
  const [, seed] = read("src/seed/train.ts");
  const edits = catalogue.flatMap(({ name, apply }) => {
    const edited = apply(seed);
    return edited === null ? [] : [[name, edited] as const];
  });
  const cases = readdirSync("tests/hostile/cases").map((file) => read(`tests/hostile/cases/${file}`));
  const long = ["src/runner/run.ts", "src/research/lab.ts", "src/prepare/tokenizer.ts"].map(read);
  return [["seed", seed], ...edits, ...cases.filter(([path]) => !path.includes("carries")), ...long];
}

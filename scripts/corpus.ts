// Builds the embedded corpus into public/corpus from the packages in node_modules: `npx tsx scripts/corpus.ts`. Does
// nothing when it exists for this lockfile and this code; `--force` builds it anyway.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SPLITS } from "../src/prepare/corpus/manifest.ts";
import { DEFAULT_SIZES, buildText } from "./corpus/build.ts";
import { builtManifest, recipeOf } from "./corpus/recipe.ts";
import { writeCorpus } from "./corpus/write.ts";

const script = fileURLToPath(import.meta.url);
const root = dirname(dirname(script));
const folder = join(root, "public", "corpus");
const started = performance.now();
const recipe = recipeOf(root, script);

const present = process.argv.includes("--force") ? null : builtManifest(folder, recipe);
if (present) {
  console.log(`corpus: up to date, ${present.hash.slice(0, 12)}`);
} else {
  const built = buildText(root, DEFAULT_SIZES);
  const manifest = await writeCorpus(folder, built, recipe);
  const { baselines, bytes, tokens, packages } = manifest;
  for (const split of SPLITS) {
    const count = packages.filter((p) => p.split === split).length;
    console.log(`corpus: ${split} ${bytes[split]} bytes, ${tokens[split]} tokens, ${count} packages`);
  }
  const reasons = [...built.leftOut].filter(([, amount]) => amount > 1e5).sort((a, b) => b[1] - a[1]);
  console.log(
    `corpus: left out ${reasons.map(([why, n]) => `${why} ${(n / 1e6).toFixed(1)} MB`).join(", ")}`,
  );
  console.log(`corpus: baselines in bits per byte ${JSON.stringify(baselines)}`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`corpus: ${manifest.hash.slice(0, 12)}, built in ${seconds} s`);
}

// The inputs of a corpus as two hashes: the locked packages and the code that builds it. While the manifest has both,
// the corpus is up to date.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseManifest, type CorpusManifest } from "../../src/prepare/corpus/manifest.ts";
import { byText, lockedPackages } from "./packages.ts";

export interface Recipe {
  packages: string;
  code: string;
}

/** The recipe for the project at `root`; the code is the module `script` and all its relative imports. */
export function recipeOf(root: string, script: string): Recipe {
  const locked = lockedPackages(readFileSync(join(root, "package-lock.json"), "utf8"));
  const packages = JSON.stringify(
    locked.map(({ path, name, version, integrity }) => [path, name, version, integrity]),
  );
  const code = createHash("sha256");
  for (const source of sourcesOf(script)) code.update(source);
  return { packages: createHash("sha256").update(packages).digest("hex"), code: code.digest("hex") };
}

/** Texts of a module and of its relative imports, sorted by path; line ends are normalised. */
function sourcesOf(script: string): string[] {
  const texts = new Map<string, string>();
  const visit = (path: string): void => {
    if (texts.has(path)) return;
    const text = readFileSync(path, "utf8").replaceAll("\r\n", "\n");
    texts.set(path, text);
    for (const [, target] of text.matchAll(/\bfrom "(\.[^"]+)"/g)) visit(join(dirname(path), target));
  };
  visit(script);
  return [...texts.keys()].sort(byText).map((path) => texts.get(path) ?? "");
}

/** The manifest in `folder` if it has this recipe and all its files exist, else null. */
export function builtManifest(folder: string, recipe: Recipe): CorpusManifest | null {
  const path = join(folder, "manifest.json");
  if (!existsSync(path)) return null;
  let manifest: CorpusManifest;
  try {
    manifest = parseManifest(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return null; // an incompatible or incomplete manifest: build again
  }
  if (manifest.recipe?.packages !== recipe.packages || manifest.recipe.code !== recipe.code) return null;
  const whole = manifest.shards.every(({ url, tokens }) => sizeOf(join(folder, url)) === 2 * tokens);
  return whole && manifest.merges !== null && existsSync(join(folder, manifest.merges.url)) ? manifest : null;
}

const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : -1);

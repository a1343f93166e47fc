// Makes documents from installed packages: every readable file, without its near copies of earlier text.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SeenRuns, runsOfWords } from "./duplicates.ts";
import { isOpenSource } from "./licences.ts";
import { byText, type LockedPackage } from "./packages.ts";
import { cutPieces } from "./pieces.ts";
import { decodeText, unreadable, unreadableFile, unwantedPath } from "./readable.ts";

/** A piece of text from one file of one package. */
export interface Document {
  /** `name@version`. */
  from: string;
  /** Path within the package, with slashes. */
  path: string;
  text: string;
  /** Hashes of runs of words, see duplicates.ts. */
  runs: Uint32Array;
}

/** A package with its licence and its readable files. */
export interface Source extends LockedPackage {
  license: string;
  files: { path: string; text: string }[];
  /** Characters of readable text before near copies are removed. */
  size: number;
}

/** The omitted text: number of characters for each reason (of packages for a licence). */
export type LeftOut = Map<string, number>;

/**
 * The share of known runs from which a piece is a copy; the limit is lower when the package already has a file of that
 * name.
 */
const COPY = 0.3;
const COPY_OF_NAMESAKE = 0.1;

/** The readable files of the packages with an open-source licence. Throws when a package is not installed. */
export function readSources(root: string, packages: readonly LockedPackage[], leftOut: LeftOut): Source[] {
  const sources: Source[] = [];
  for (const locked of packages) {
    const folder = join(root, locked.path);
    const license = licenseOf(folder, locked);
    if (!isOpenSource(license)) {
      count(leftOut, `licence ${license || "none"}`, 1);
      continue;
    }
    const files: Source["files"] = [];
    let size = 0;
    for (const path of listFiles(folder, "")) {
      if (unwantedPath(path) !== null) continue;
      const text = decodeText(readFileSync(join(folder, path)));
      if (text === null) continue;
      const reason = unreadableFile(path, text);
      if (reason !== null) {
        count(leftOut, reason, text.length);
        continue;
      }
      files.push({ path, text });
      size += text.length;
    }
    sources.push({ ...locked, license, files, size });
  }
  return sources;
}

/**
 * The documents of all sources without near copies. Small packages come first, so that a library keeps its text and the
 * bundle that includes it loses it; within a package, documentation and sources come before generated files.
 */
export function uniqueDocuments(sources: readonly Source[], leftOut: LeftOut): Document[] {
  const seen = new SeenRuns();
  const documents: Document[] = [];
  const order = [...sources].sort((a, b) => a.size - b.size || byText(a.path, b.path));
  for (const source of order) {
    const from = `${source.name}@${source.version}`;
    const files = [...source.files].sort((a, b) => rank(a.path) - rank(b.path) || byText(a.path, b.path));
    const names = new Set<string>();
    for (const file of files) {
      const prose = rank(file.path) === 0;
      const limit = names.has(bareName(file.path)) ? COPY_OF_NAMESAKE : COPY;
      names.add(bareName(file.path));
      let kept = "";
      const close = (): void => {
        if (kept !== "") documents.push({ from, path: file.path, text: kept, runs: runsOfWords(kept) });
        kept = "";
      };
      const pieces = cutPieces(file.text);
      for (const piece of pieces) {
        const runs = runsOfWords(piece);
        const copy = seen.share(runs) >= limit;
        const reason = copy ? "near copy" : pieces.length > 1 ? unreadable(piece, prose) : null;
        if (reason === null) {
          seen.add(runs);
          kept += piece;
        } else {
          count(leftOut, reason, piece.length);
          close();
        }
      }
      close();
    }
  }
  return documents;
}

/** The order of files: documentation, typed sources, ES modules, other scripts, CommonJS, declarations. */
function rank(path: string): number {
  if (/\.(md|markdown)$/i.test(path)) return 0;
  if (/\.d\.[cm]?ts$/.test(path)) return 5;
  if (/\.([cm]?ts|tsx)$/.test(path)) return 1;
  if (/\.mjs$|(^|\/)(esm?|module|modern|esnext)\//.test(path)) return 2;
  return /\.cjs$|(^|\/)cjs\//.test(path) ? 4 : 3;
}

/** The name without folder and extensions: `esm/parser/index.d.mts` -> `index`. */
const bareName = (path: string): string => path.slice(path.lastIndexOf("/") + 1).replace(/\..*$/, "");

function licenseOf(folder: string, locked: LockedPackage): string {
  let manifest: { license?: unknown; version?: unknown };
  try {
    manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as typeof manifest;
  } catch (cause) {
    throw new Error(`${locked.path} is in package-lock.json but cannot be read: run npm ci`, { cause });
  }
  if (manifest.version !== locked.version) {
    throw new Error(`${locked.path} is ${manifest.version}, locked is ${locked.version}: run npm ci`);
  }
  const { license } = manifest;
  if (typeof license === "string") return license;
  if (typeof license === "object" && license !== null)
    return String((license as { type?: unknown }).type ?? "");
  return "";
}

/**
 * Paths with slashes, sorted; nested node_modules are skipped, because their packages are in the lockfile themselves.
 */
function listFiles(folder: string, below: string): string[] {
  const paths: string[] = [];
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith(".")) {
      paths.push(...listFiles(folder, path));
    } else if (entry.isFile()) paths.push(path);
  }
  return paths.sort(byText);
}

export function count(leftOut: LeftOut, reason: string, amount: number): void {
  leftOut.set(reason, (leftOut.get(reason) ?? 0) + amount);
}

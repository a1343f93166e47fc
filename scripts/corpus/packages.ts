// Lists the packages of package-lock.json whose text the corpus may use: the same on every machine.

/** A package in the lockfile. */
export interface LockedPackage {
  /** Its folder, relative to the project: `node_modules/a/node_modules/b`. */
  path: string;
  name: string;
  version: string;
  integrity: string;
}

/**
 * Packages added after studies on this text had begun. They and the dependencies that only they need are excluded, so
 * that adding or updating them does not change the text.
 */
const LATER = [
  "@modelcontextprotocol/sdk",
  "@types/papaparse",
  "@types/ws",
  "@zip.js/zip.js",
  "axe-core",
  "fzstd",
  "hyparquet",
  "hyparquet-writer",
  "jsonrepair",
  "papaparse",
  "ws",
];

/** Compares by code units, so that the order does not depend on the locale. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The packages of a lockfile (version 2 or 3) that every machine installs, by path. Excluded are packages for one
 * platform (os, cpu or libc), optional ones (installed only on some platforms), links, second copies of a version, and
 * the packages that were added later.
 */
export function lockedPackages(lockfile: string): LockedPackage[] {
  const lock = JSON.parse(lockfile) as { packages?: Record<string, Record<string, unknown>> };
  if (lock.packages === undefined)
    throw new Error("package-lock.json: no packages, expected lockfileVersion 2 or 3");
  const later = onlyForLater(lock.packages);
  const found: LockedPackage[] = [];
  const seen = new Set<string>();
  for (const path of Object.keys(lock.packages).sort(byText)) {
    const entry = lock.packages[path];
    if (!path.startsWith("node_modules/") || later.has(path)) continue;
    if (entry.optional === true || entry.link === true || entry.os || entry.cpu || entry.libc) continue;
    const name =
      typeof entry.name === "string" ? entry.name : path.slice(path.lastIndexOf("node_modules/") + 13);
    const version = String(entry.version);
    if (seen.has(`${name}@${version}`)) continue;
    seen.add(`${name}@${version}`);
    found.push({ path, name, version, integrity: String(entry.integrity ?? "") });
  }
  return found;
}

type Entries = Readonly<Record<string, Record<string, unknown>>>;

/** Paths of the packages that only later packages need. */
function onlyForLater(packages: Entries): ReadonlySet<string> {
  const roots = packages[""] === undefined ? [] : needsOf(packages[""]);
  const others = reached(
    packages,
    roots.filter((name) => !LATER.includes(name)),
  );
  const later = reached(
    packages,
    roots.filter((name) => LATER.includes(name)),
  );
  return new Set([...later].filter((path) => !others.has(path)));
}

const needsOf = (entry: Record<string, unknown>): string[] =>
  ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"].flatMap((kind) =>
    Object.keys(entry[kind] ?? {}),
  );

/** Paths of the named packages at the root, and of all their dependencies. */
function reached(packages: Entries, names: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = names.map((name) => ({ name, from: "" }));
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const path = placeOf(packages, next.name, next.from);
    if (path === null || found.has(path)) continue;
    found.add(path);
    for (const name of needsOf(packages[path])) queue.push({ name, from: path });
  }
  return found;
}

/** The path at which a package finds a dependency: in its own node_modules or in those above. Null: not installed. */
function placeOf(packages: Entries, name: string, from: string): string | null {
  for (let above = from; ; above = above.slice(0, Math.max(0, above.lastIndexOf("/node_modules/")))) {
    const path = above === "" ? `node_modules/${name}` : `${above}/node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (above === "") return null;
  }
}

// Reads package-lock.json: which installed packages may give text, the same on every machine.

/** A package as the lockfile names it. */
export interface LockedPackage {
  /** Where it is installed, relative to the project: `node_modules/a/node_modules/b`. */
  path: string;
  name: string;
  version: string;
  integrity: string;
}

/** The order of code units, which no locale changes. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The packages of a lockfile (version 2 or 3) that every machine installs, by path. Left out are those for one platform
 * (os, cpu or libc), optional ones (a platform decides whether they come), links, and second copies of a version.
 */
export function lockedPackages(lockfile: string): LockedPackage[] {
  const lock = JSON.parse(lockfile) as { packages?: Record<string, Record<string, unknown>> };
  if (lock.packages === undefined)
    throw new Error("package-lock.json: no packages, expected lockfileVersion 2 or 3");
  const found: LockedPackage[] = [];
  const seen = new Set<string>();
  for (const path of Object.keys(lock.packages).sort(byText)) {
    const entry = lock.packages[path];
    if (!path.startsWith("node_modules/")) continue;
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

// The manual a researcher reads: the declarations of nn and prepare as the type check sees them, doors first.

/** `files` by path, as `virtual:typings` gives them; the standard library is left out. */
export function manualOf(files: Readonly<Record<string, string>>): string {
  const own = Object.keys(files).filter((path) => path.startsWith("/src/"));
  const isDoor = (path: string) => /\/(nn|prepare)\/api\.d\.ts$/.test(path);
  const named = new Set(own.filter(isDoor));
  // Only what a door names: the rest is how nn is made.
  for (const door of [...named]) {
    for (const [, spec] of (files[door] ?? "").matchAll(/(?:from|import\()\s*["'](\.[^"']+)["']/g)) {
      const path = new URL(spec ?? "", `file://${door}`).pathname.replace(/\.ts$/, ".d.ts");
      // Of the graph a researcher sees one name.
      if (files[path] !== undefined && !path.endsWith("/nn/graph.d.ts")) named.add(path);
    }
  }
  return [...named]
    .sort((a, b) => Number(isDoor(b)) - Number(isDoor(a)))
    .map((path) => `// ${path.replace("/src/", "")}\n${clean(files[path] ?? "")}`)
    .join("\n\n");
}

const clean = (text: string): string =>
  text
    .replace(/^import [\s\S]*?;\n/gm, "")
    .replace(/^\/\/# sourceMappingURL.*$/gm, "")
    .trim();

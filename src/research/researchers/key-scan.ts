// No key leaves the lab: the texts of a commit or an export are scanned first, and a key in them stops it. The error
// names the file, the line and the key's owner, never the key.
import { type KeyRing, scanForKeys } from "../../researchers/index.ts";
import { LabError } from "../../error.ts";
import type { Repository } from "../../repo/index.ts";

type Texts = Readonly<Record<string, string | Uint8Array | null>>;

/** Throws LabError `leak` when one of the texts holds a key of the ring, or something shaped like one. */
export function mustBeFreeOfKeys(texts: Texts, keys: KeyRing, what: string): void {
  const [leak] = scanForKeys(texts, keys);
  if (leak === undefined) return;
  throw new LabError("leak", {
    what: `${what} would hold ${leak.what}`,
    got: `${leak.where}, line ${leak.line}`,
    hint: "take it out; nothing was written. A key that was pasted anywhere should be withdrawn at its provider",
  });
}

/** The repository, with a scan before every commit and export. */
export function guarded(repository: Repository, keys: KeyRing): Repository {
  const guard: Partial<Repository> = {
    createStudy: async (study) => {
      const { subject, body = "" } = study;
      mustBeFreeOfKeys(
        { ...study.files, ...study.notebookFiles, message: `${subject}\n${body}` },
        keys,
        "the study",
      );
      return repository.createStudy(study);
    },
    commitExperiment: async (experiment) => {
      const { subject, body = "", trailers, files, notebookFiles } = experiment;
      const message = [subject, body, ...trailers.map(([key, value]) => `${key}: ${value}`)].join("\n");
      mustBeFreeOfKeys({ ...files, message }, keys, "the commit");
      const checked = (changes: Texts) => mustBeFreeOfKeys(changes, keys, "the notebook");
      if (typeof notebookFiles !== "function") checked(notebookFiles);
      return repository.commitExperiment({
        ...experiment,
        notebookFiles:
          typeof notebookFiles !== "function"
            ? notebookFiles
            : (oid) => {
                const changes = notebookFiles(oid);
                checked(changes);
                return changes;
              },
      });
    },
    exportBundle: async (tag, onProgress) => {
      await scanStudy(repository, tag, keys);
      return repository.exportBundle(tag, onProgress);
    },
  };
  return new Proxy(repository, {
    get(target, name) {
      const own: unknown = Reflect.get(guard, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/**
 * Scans the texts of a study's bundle. A pack is compressed, so they are read one by one; versions of a file share most
 * of their lines, so only new pairs of lines are scanned: a key may be broken over two.
 */
async function scanStudy(repository: Repository, tag: string, keys: KeyRing): Promise<void> {
  const seen = new Set<string>();
  for await (const { where, text } of repository.texts(tag)) {
    const lines = text.split("\n");
    const pairs = [...lines, ""].map((line, i) => `${lines[i - 1] ?? ""}\n${line}`);
    const fresh = lines.filter((_, i) => !seen.has(pairs[i]) || !seen.has(pairs[i + 1]));
    for (const pair of pairs) seen.add(pair);
    if (scanForKeys(fresh.join("\n"), keys).length > 0)
      mustBeFreeOfKeys({ [where]: text }, keys, "the bundle");
  }
}

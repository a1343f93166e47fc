// No key leaves the lab: what a commit or an export would hold is scanned first, and a find stops it. The error names
// the file, the line and whose key it is, never the key.
import { type KeyRing, scanForKeys } from "../../researchers/index.ts";
import { LabError } from "../../error.ts";
import { notebookBranch, type Repository, studyBranch } from "../../repo/index.ts";

type Texts = Readonly<Record<string, string | Uint8Array | null>>;

/** Throws LabError `leak` when one of the texts holds a key of the ring, or something shaped like one. */
export function mustBeFreeOfKeys(texts: Texts, keys: KeyRing, what: string): void {
  const [leak] = scanForKeys(texts, keys);
  if (leak === undefined) return;
  throw new LabError("leak", {
    what: `${what} would hold ${leak.what}`,
    got: `${leak.where}, line ${String(leak.line)}`,
    hint: "take it out; nothing was written. A key that was pasted anywhere should be withdrawn at its provider",
  });
}

/** The same repository behind the scan. */
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
    exportBundle: async (tag) => {
      await scanStudy(repository, tag, keys);
      return repository.exportBundle(tag);
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

/** Everything a bundle of the study holds: a pack is compressed, so its texts are read one by one. */
async function scanStudy(repository: Repository, tag: string, keys: KeyRing): Promise<void> {
  const seen = new Set<string>();
  const scan = async (commit: string, where: string) => {
    for (const path of await repository.listFiles(commit)) {
      const text = await repository.readFile(commit, path);
      if (seen.has(text)) continue;
      seen.add(text);
      mustBeFreeOfKeys({ [`${where} ${path}`]: text }, keys, "the bundle");
    }
  };
  for (const entry of await repository.log(studyBranch(tag))) await scan(entry.oid, entry.oid.slice(0, 7));
  const [tip] = await repository.log(notebookBranch(tag), 1);
  if (tip) await scan(tip.oid, "notebook");
  for await (const entry of repository.experiments(tag)) {
    const where = entry.oid.slice(0, 7);
    mustBeFreeOfKeys({ [`${where} message`]: entry.message }, keys, "the bundle");
    await scan(entry.oid, where);
  }
}

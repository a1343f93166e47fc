// An arena of the user's own: arena.json and evaluate.ts, a first candidate, and what else its folder holds. Its files are
// part of every study of it, and their hashes stand in the study's first commit.
import { LabError, messageOf } from "../../error.ts";
import { type Arena, arena } from "../contract/arena.ts";
import { type Manifest, readManifest, SPLITS } from "../contract/manifest.ts";
import { sha256 } from "../../digest.ts";
import type { OpenRealm } from "../realm/ask.ts";
import { compileCandidate, scoreSplit } from "../run/score-candidate.ts";
import { EVALUATOR, ownEvaluator, type OwnInstance } from "./evaluator.ts";
import { cheats, garbage } from "./known.ts";

export const MANIFEST = "arena.json";
/** Texts that a folder may hold besides the three that it must. */
export const OPTIONAL = ["program.md", "worse.ts"] as const;

/** Names of the files that an arena of this manifest consists of. */
export const ownFiles = ({ candidate }: Manifest): { readonly must: string[]; readonly may: string[] } => ({
  must: [MANIFEST, EVALUATOR, candidate.file],
  may: [...OPTIONAL],
});

/** The manifest in the text of an arena.json. Throws LabError "arena" in one line. */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new LabError("arena", { what: MANIFEST, got: messageOf(error), expected: "JSON", cause: error });
  }
  const manifest = readManifest(value);
  const fail = (what: string, got: string, expected: string): never => {
    throw new LabError("arena", { what: `manifest: ${what}`, got, expected });
  };
  const { budget, candidate, needs, risk, probes } = manifest;
  if (budget.kind !== "ticks") fail("budget.kind", budget.kind, "ticks");
  if (candidate.entries.length !== 1)
    fail("candidate.entries", `${candidate.entries.length}`, "one function");
  if (needs.length > 0) fail("needs", needs.join(", "), "none: an arena of your own runs in a sandbox");
  if (risk !== "none") fail("risk", risk, "none: no person approves these runs");
  const probe = probes.find((name) => name !== "repeat");
  if (probe !== undefined) fail("probes", probe, "repeat, which any arena has");
  return manifest;
}

/**
 * The arena of these files, after one run of its first candidate. Rejects with LabError "arena" in one line that names
 * the file and what is wrong with it.
 */
export async function ownArena(
  files: Readonly<Record<string, string>>,
  openRealm: OpenRealm,
): Promise<Arena> {
  const manifest = parseManifest(textOf(files, MANIFEST));
  const { must, may } = ownFiles(manifest);
  const texts = Object.fromEntries([
    ...must.map((name) => [name, textOf(files, name)] as const),
    ...may.flatMap((name) => (Object.hasOwn(files, name) ? [[name, files[name]] as const] : [])),
  ]);
  try {
    const first = texts[manifest.candidate.file];
    compileCandidate({ manifest }, first);
    const evaluator = ownEvaluator(manifest, texts[EVALUATOR], openRealm);
    const found = arena<OwnInstance>({
      manifest,
      first,
      program: texts["program.md"] ?? `# ${manifest.title}\n\nThe score is ${manifest.unit}.\n`,
      edits: [],
      known: {
        ...(Object.hasOwn(texts, "worse.ts") ? { worse: texts["worse.ts"] } : {}),
        garbage: garbage(manifest),
        cheats: cheats(manifest),
      },
      files: texts,
      fixed: await hashes(texts),
      instances: (split, seed) => evaluator.instances(split, seed),
      taskOf: ({ given }) => ({ given }),
      evaluate: (instances, outputs) => evaluator.evaluate(instances, outputs),
    });
    for (const split of SPLITS) await found.instances(split, 0);
    const asked = { split: "practice", instances: 0, seed: 0 } as const;
    const code = compileCandidate(found, first);
    await scoreSplit(found, openRealm, code, asked, new AbortController().signal);
    return found;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    throw new LabError("arena", { what: `arena ${manifest.id}: ${error.message}`, cause: error });
  }
}

function textOf(files: Readonly<Record<string, string>>, name: string): string {
  if (Object.hasOwn(files, name)) return files[name];
  const found = Object.keys(files).join(", ") || "nothing";
  throw new LabError("arena", { what: `the folder has no ${name}`, got: found });
}

/** Facts that a study of this arena keeps: the hash of each file. */
async function hashes(texts: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, text] of Object.entries(texts))
    found[`sha256 of ${name}`] = await sha256(new TextEncoder().encode(text));
  return found;
}

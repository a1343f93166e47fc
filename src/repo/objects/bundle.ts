// The git bundle format: a line with the version, capabilities (version 3), prerequisites, refs, an empty line, a pack.
// Writes version 2. Reads bundles of real git too: the bundle of a clone has the branches under refs/remotes.

import { LabError } from "../../error.ts";
import { LIMITS, beyond } from "./limits.ts";
import type { Oid } from "./model.ts";
import { isBranchName, tagOf } from "./names.ts";
import { isOid } from "./object.ts";
import { concat } from "./zlib.ts";

const SIGNATURE = "# v2 git bundle\n";
const SIGNATURES = /^# v([23]) git bundle\n/;
const HEADS = "refs/heads/";
const LOCAL = /^refs\/heads\/(.+)$/;
const REMOTE = /^refs\/remotes\/[^/]+\/(.+)$/;

export interface Bundle {
  /** Commits that the receiver must already have. */
  readonly prerequisites: readonly Oid[];
  /** `autoresearch/TAG` and `notebook/TAG`, those of HEAD's study first; every branch where there is no study's. */
  readonly branches: ReadonlyMap<string, Oid>;
  readonly pack: Uint8Array;
}

/** `head` is one of the branches: the one `git clone` checks out. */
export function formatBundle(
  head: string,
  branches: ReadonlyMap<string, Oid>,
  pack: Uint8Array,
): Uint8Array<ArrayBuffer> {
  // git guesses the branch from HEAD's object, so HEAD comes first and exactly one branch may have the same object.
  const lines = [
    `${branches.get(head) ?? ""} HEAD`,
    ...[...branches].map(([name, oid]) => `${oid} ${HEADS}${name}`),
  ];
  return concat([new TextEncoder().encode(`${SIGNATURE}${lines.join("\n")}\n\n`), pack]);
}

/**
 * Splits a bundle into header and pack, without checking the pack. Tags, notes, and branches beside those of studies
 * are left out. LabError "git" for a header that git would not write, one over a limit, or one without a branch.
 */
export function parseBundle(bytes: Uint8Array): Bundle {
  if (bytes.length > LIMITS.packBytes + LIMITS.headerBytes)
    throw beyond("bundle: too many bytes", bytes.length, LIMITS.packBytes);
  const end = headerEnd(bytes);
  const [, ...lines] = new TextDecoder().decode(bytes.subarray(0, end - 2)).split("\n");
  const prerequisites: Oid[] = [];
  const refs = new Map<string, Oid>();
  for (const line of lines) {
    const prerequisite = /^-([0-9a-f]{40})(?: |$)/.exec(line)?.[1];
    if (line.startsWith("@")) checkCapability(line);
    else if (prerequisite !== undefined) prerequisites.push(prerequisite);
    else {
      const [oid, ref] = parseRef(line);
      if (refs.has(ref)) throw refused(line);
      refs.set(ref, oid);
    }
  }
  return { prerequisites, branches: chooseBranches(refs), pack: bytes.subarray(end) };
}

/** A local branch takes precedence over the remote-tracking branch of that name. */
function chooseBranches(refs: ReadonlyMap<string, Oid>): Map<string, Oid> {
  const all = new Map<string, Oid>();
  for (const pattern of [LOCAL, REMOTE])
    for (const [ref, oid] of refs) {
      const name = pattern.exec(ref)?.[1];
      if (name !== undefined && name !== "HEAD" && !all.has(name)) all.set(name, oid);
    }
  if (all.size === 0) throw new LabError("git", "bundle: there is no branch in it");
  const studies = [...all].filter(([name]) => tagOf(name) !== undefined);
  const head = refs.get("HEAD");
  const first = tagOf(studies.find(([, oid]) => oid === head)?.[0] ?? "");
  const rank = ([name]: readonly [string, Oid]) => (tagOf(name) === first ? 0 : 1);
  return studies.length === 0 ? all : new Map(studies.sort((a, b) => rank(a) - rank(b)));
}

function parseRef(line: string): [oid: Oid, ref: string] {
  const space = line.indexOf(" ");
  const oid = line.slice(0, space);
  const ref = line.slice(space + 1);
  const name = (LOCAL.exec(ref) ?? REMOTE.exec(ref))?.[1] ?? ref;
  // git itself writes HEAD and, in a clone, refs/remotes/origin/HEAD; a local branch of that name is refused.
  const named = name === "HEAD" ? !LOCAL.test(ref) : isBranchName(name);
  if (!isOid(oid) || !named) throw refused(line);
  return [oid, ref];
}

function checkCapability(line: string): void {
  if (line === "@object-format=sha1") return;
  const what = line.startsWith("@filter=") ? "it is partial" : "it needs an unsupported capability";
  throw new LabError("git", {
    what: `bundle: ${what}`,
    got: JSON.stringify(line.slice(0, 80)),
    hint: "bundle a whole clone",
  });
}

/** Where the pack starts: after the first empty line. */
function headerEnd(bytes: Uint8Array): number {
  const start = new TextDecoder().decode(bytes.subarray(0, 40));
  if (!SIGNATURES.test(start))
    throw new LabError("git", {
      what: "bundle: not a git bundle of version 2 or 3",
      got: JSON.stringify(start.slice(0, 20)),
      hint: "made by Export or by git bundle create",
    });
  let lines = 0;
  for (let at = 1; at < Math.min(bytes.length, LIMITS.headerBytes); at++) {
    if (bytes[at] !== 10) continue;
    if (bytes[at - 1] === 10) return at + 1;
    if (++lines > LIMITS.refs) throw beyond("bundle: too many refs", `over ${LIMITS.refs}`, LIMITS.refs);
  }
  if (bytes.length >= LIMITS.headerBytes)
    throw beyond("bundle: its header has too many bytes", bytes.length, LIMITS.headerBytes);
  throw new LabError("git", { what: "bundle: its header does not end", hint: "cut off, or not a bundle" });
}

function refused(line: string): LabError {
  return new LabError("git", {
    what: "bundle: a ref cannot be taken",
    got: JSON.stringify(line.slice(0, 120)),
  });
}

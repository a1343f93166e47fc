// The git bundle format, version 2: a line that says so, prerequisites, refs, an empty line, a pack.

import { LabError } from "../../error.ts";
import type { Oid } from "./model.ts";
import { isBranchName } from "./names.ts";
import { isOid } from "./object.ts";
import { LIMITS } from "./pack-file.ts";
import { concat } from "./zlib.ts";

const SIGNATURE = "# v2 git bundle\n";
/** A header of a thousand branches; no honest one is longer. */
const HEADER_LIMIT = 256 * 1024;
const HEADS = "refs/heads/";

export interface Bundle {
  /** Commits the receiver must already have. */
  readonly prerequisites: readonly Oid[];
  /** Branch names without `refs/heads/`. */
  readonly branches: ReadonlyMap<string, Oid>;
  readonly pack: Uint8Array;
}

/** `head` is one of the branches: the one `git clone` checks out. */
export function formatBundle(
  head: string,
  branches: ReadonlyMap<string, Oid>,
  pack: Uint8Array,
): Uint8Array<ArrayBuffer> {
  // git guesses the branch from HEAD's object, so HEAD stands first and exactly one branch may share it.
  const lines = [
    `${branches.get(head) ?? ""} HEAD`,
    ...[...branches].map(([name, oid]) => `${oid} ${HEADS}${name}`),
  ];
  return concat([new TextEncoder().encode(`${SIGNATURE}${lines.join("\n")}\n\n`), pack]);
}

/** Takes a bundle apart; nothing of the pack is judged yet. LabError "git" for anything a study's bundle would not hold. */
export function parseBundle(bytes: Uint8Array): Bundle {
  if (bytes.length > LIMITS.packBytes + HEADER_LIMIT)
    throw new LabError("git", { what: "bundle: too large", got: `${String(bytes.length)} bytes` });
  const end = headerEnd(bytes);
  const text = new TextDecoder("utf-8", { fatal: false }).decode(bytes.subarray(0, end));
  if (!text.startsWith(SIGNATURE))
    throw new LabError("git", {
      what: "bundle: not a git bundle of version 2",
      got: JSON.stringify(text.slice(0, 20)),
      hint: "made by Export or by git bundle create",
    });
  const prerequisites: Oid[] = [];
  const branches = new Map<string, Oid>();
  let head: Oid | undefined;
  for (const line of text
    .slice(SIGNATURE.length)
    .split("\n")
    .filter((part) => part !== "")) {
    const prerequisite = /^-([0-9a-f]{40})(?: |$)/.exec(line);
    if (prerequisite !== null) {
      prerequisites.push(prerequisite[1] ?? "");
      continue;
    }
    const space = line.indexOf(" ");
    const oid = line.slice(0, space);
    const ref = line.slice(space + 1);
    const name = ref.startsWith(HEADS) ? ref.slice(HEADS.length) : "";
    if (!isOid(oid) || (ref !== "HEAD" && !isBranchName(name)) || branches.has(name))
      throw new LabError("git", {
        what: "bundle: a ref cannot be taken",
        got: JSON.stringify(line.slice(0, 120)),
      });
    if (ref !== "HEAD") branches.set(name, oid);
    else if (head === undefined) head = oid;
    else throw new LabError("git", "bundle: HEAD is in it twice");
  }
  if (branches.size === 0) throw new LabError("git", "bundle: there is no branch in it");
  if (head !== undefined && ![...branches.values()].includes(head))
    throw new LabError("git", { what: "bundle: HEAD is on none of its branches", got: head });
  return { prerequisites, branches, pack: bytes.subarray(end) };
}

/** Where the pack starts: after the first empty line. */
function headerEnd(bytes: Uint8Array): number {
  for (let at = 1; at < Math.min(bytes.length, HEADER_LIMIT); at++)
    if (bytes[at] === 10 && bytes[at - 1] === 10) return at + 1;
  throw new LabError("git", { what: "bundle: its header does not end", hint: "cut off, or not a bundle" });
}

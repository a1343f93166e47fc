// Checks names for the repository: study tags, branches, namespaces and paths. Names from outside (a model's file name,
// a bundle's ref) never reach the store unchecked.

import { LabError } from "../../error.ts";

/** Control characters of ASCII; git allows those from 0x80 on. */
const CONTROL = /(?![\u0080-\u009f])\p{Cc}/u;

/** Branch of the kept experiments of a study. */
export const studyBranch = (tag: string): string => `autoresearch/${tag}`;
/** Branch of a study's notebook. */
export const notebookBranch = (tag: string): string => `notebook/${tag}`;

/** The study a branch belongs to, undefined for imported branches. */
export function tagOf(branch: string): string | undefined {
  return /^(?:autoresearch|notebook)\/([^/]+)$/.exec(branch)?.[1];
}

/** LabError "git" unless the tag is 1 to 64 of a-z, 0-9, `.`, `_`, `-`, begins and ends with a letter or digit. */
export function checkTag(tag: string): void {
  if (!/^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/.test(tag) || tag.includes("..") || tag.endsWith(".lock"))
    throw new LabError("git", {
      what: "study: its tag cannot be used",
      got: JSON.stringify(tag.slice(0, 80)),
      expected: "a-z, 0-9, '-', '_', '.'",
    });
}

/** The rules of `git check-ref-format` for the part after `refs/heads/`. */
export function isBranchName(name: string): boolean {
  return (
    name.length > 0 &&
    name.length <= 200 &&
    name !== "HEAD" &&
    name !== "@" &&
    !CONTROL.test(name) &&
    !/[ ~^:?*[\\]/.test(name) &&
    !name.includes("..") &&
    !name.includes("@{") &&
    !name.endsWith(".") &&
    !name.startsWith("-") &&
    name.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"))
  );
}

/** LabError "git" unless imported branches may use `<namespace>/`. */
export function checkNamespace(namespace: string): void {
  const first = namespace.split("/")[0];
  if (!isBranchName(namespace) || first === "autoresearch" || first === "notebook")
    throw new LabError("git", {
      what: "import: the namespace cannot be used",
      got: JSON.stringify(namespace),
    });
}

/** Whether git and every file system would accept one component of a path. */
export function isPathPart(part: string): boolean {
  return (
    part !== "" &&
    part !== "." &&
    part !== ".." &&
    part.length <= 200 &&
    !CONTROL.test(part) &&
    !/[\\/:]/.test(part) &&
    // names that HFS+ and NTFS would also read as .git
    !/^(\.git|git~\d+)[. ]*$/i.test(part.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "")) &&
    !/\p{Surrogate}/u.test(part)
  );
}

/** Parts of a path like `experiments/00/0007.json`. LabError "git" when one cannot be used. */
export function pathParts(path: string): string[] {
  const parts = path.split("/");
  if (!parts.every(isPathPart) || parts.length > 16)
    throw new LabError("git", { what: "a path cannot be used", got: JSON.stringify(path.slice(0, 200)) });
  return parts;
}

// The file of `--out`: always a complete bundle of the study after a verdict. An older file with commits that this
// study did not write is moved aside, never overwritten.
import { existsSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { lock } from "../lock.mjs";
import { replaceFile } from "./replace-file.ts";
import { checkOut } from "./target.mjs";

/** The notebook commits that a study has written to the file, stored in its profile. */
export interface WrittenTips {
  has(tip: string): boolean;
  add(tip: string): Promise<void>;
}

export class BundleFile {
  readonly path: string;
  readonly #release: () => void;

  private constructor(path: string, release: () => void) {
    this.path = path;
    this.#release = release;
  }

  /** Rejects with a one-line error when the file cannot be written or another lab uses it. */
  static async open(path: string): Promise<BundleFile> {
    const target = checkOut(path);
    const busy = (pid: number) => `--out: another lab (process ${pid}) writes ${path}`;
    return new BundleFile(target, await lock(target, busy));
  }

  /** Writes the bundle and resolves when it is on the disk: with the new path of a foreign older file, else null. */
  async write(bytes: Uint8Array, written: WrittenTips): Promise<string | null> {
    const tip = notebookTip(bytes);
    if (tip === null) throw new Error("the exported bundle names no notebook");
    const there = existsSync(this.path) ? notebookTip(await head(this.path)) : "none";
    const foreign = there === null || (there !== "none" && there !== tip && !written.has(there));
    const aside = foreign ? firstFree(this.path) : null;
    await written.add(tip); // before the file is written: after a crash in between it must not count as foreign
    await replaceFile(this.path, bytes, async () => {
      if (aside !== null) await rename(this.path, aside);
    });
    return aside;
  }

  close(): void {
    this.#release();
  }
}

/** The commit of the notebook's branch, from the bundle's header; null without one. */
function notebookTip(bytes: Uint8Array): string | null {
  const lines = Buffer.from(bytes.subarray(0, HEAD)).toString("latin1").split("\n\n", 1)[0];
  return /^([0-9a-f]{40,64}) refs\/heads\/notebook\//m.exec(lines)?.[1] ?? null;
}

const HEAD = 4096; // bytes; the lab's bundles have two branches and HEAD

async function head(path: string): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function firstFree(path: string): string {
  let n = 1;
  while (existsSync(`${path}.${n}`)) n++;
  return `${path}.${n}`;
}

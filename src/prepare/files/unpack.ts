// The texts in a user's files: plain texts themselves, and those inside of gzip, zip and Parquet.
import { LabError } from "../../error.ts";
import { makePause, type ProgressOptions } from "../corpus/progress.ts";
import { MAX_IMPORT_BYTES } from "../corpus/survey.ts";
import { bytesOf, type TextFile } from "../corpus/text-source.ts";
import { gunzip } from "./gunzip.ts";
import { endOf, isArchive, isForeign, isHidden, kindOf, READABLE } from "./kinds.ts";
import { parquetLines, type ReadParquet } from "./parquet.ts";
import { type Allowance, Spill } from "./spill.ts";
import { unzip } from "./unzip.ts";

export interface UnpackOptions extends ProgressOptions {
  /** Default: in this thread. */
  readParquet?: ReadParquet;
}

export interface Unpacked {
  /** Plain texts and JSON lines, in order. */
  readonly texts: readonly TextFile[];
  /** Paths of files in folders and archives that are no texts. */
  readonly leftOut: readonly string[];
}

/** Files of a folder, whose names are kept with a study; an archive may hold more. */
const MAX_FILES = 10_000;
/** How deep files may lie in each other: a gzip in a zip in a zip, and no archive below that. */
const MAX_DEPTH = 2;

/**
 * Unpacks every file. A file of a folder or an archive (its name has a slash) that is no text is left out; a file given
 * by itself is refused. `limit` in bytes of unpacked text. Throws LabError "corpus" or "cancelled".
 */
export async function unpack(
  files: readonly TextFile[],
  { onProgress, signal, readParquet = parquetLines }: UnpackOptions = {},
  limit = MAX_IMPORT_BYTES,
): Promise<Unpacked> {
  if (files.length > MAX_FILES) {
    throw new LabError("corpus", {
      what: "too many files at once",
      got: files.length.toLocaleString("en"),
      expected: `at most ${MAX_FILES.toLocaleString("en")}`,
      hint: "put them into a zip",
    });
  }
  const rest = makePause(signal);
  const total = bytesOf(files.filter(({ name }) => kindOf(name) !== "text"));
  let done = 0;
  const pause = async (bytes: number) => {
    done = Math.min(total, done + bytes);
    onProgress?.({ stage: "unpacking", done, total });
    await rest();
  };
  const work = new Work({ left: limit, limit }, { pause, readParquet, signal });
  for (const file of files) await work.add(file, 0);
  if (work.texts.length === 0 && work.leftOut.length > 0) {
    throw new LabError("corpus", {
      what: "there is no text in it",
      got: `${work.leftOut.slice(0, 3).join(", ")}${work.leftOut.length > 3 ? ` and ${work.leftOut.length - 3} more` : ""}`,
      expected: READABLE,
    });
  }
  return work;
}

interface Tools {
  /** Awaited with the packed bytes that were read. */
  readonly pause: (bytes: number) => Promise<void>;
  readonly readParquet: ReadParquet;
  readonly signal: AbortSignal | undefined;
}

class Work implements Unpacked {
  readonly texts: TextFile[] = [];
  readonly leftOut: string[] = [];
  readonly #allowance: Allowance;
  readonly #tools: Tools;

  constructor(allowance: Allowance, tools: Tools) {
    this.#allowance = allowance;
    this.#tools = tools;
  }

  async add({ name, file }: TextFile, depth: number): Promise<void> {
    const kind = kindOf(name);
    const inside = name.includes("/");
    if (inside && isHidden(name)) return;
    if (isForeign(name) || (kind === null && inside)) {
      if (!inside) throw unknownKind(name);
      this.leftOut.push(name);
      return;
    }
    if (file.size === 0 && !inside) throw new LabError("corpus", `${name} is empty`);
    // A file by itself may have any name; what is no text inside is refused when it is read.
    if (kind === null || kind === "text") {
      if (file.size > 0) this.texts.push({ name, file });
      return;
    }
    if (depth >= MAX_DEPTH) {
      this.leftOut.push(name);
      return;
    }
    const spill = new Spill(name, this.#allowance);
    if (kind === "parquet") {
      this.texts.push({ name: `${name}.jsonl`, file: await this.#rows(name, file, spill) });
    } else if (kind === "gzip") {
      const unpacked = await gunzip(name, file, spill, this.#tools.pause);
      await this.add({ name: innerName(name), file: unpacked }, depth + 1);
    } else {
      const wanted = (path: string) => {
        const whole = `${name}/${path}`;
        if (isHidden(whole)) return false;
        if (kindOf(path) === null) {
          this.leftOut.push(whole);
          return false;
        }
        return true;
      };
      for await (const entry of unzip(name, file, { wanted, spill, pause: this.#tools.pause }))
        await this.add({ name: `${name}/${entry.name}`, file: entry.file }, depth + 1);
    }
  }

  async #rows(name: string, file: Blob, spill: Spill): Promise<Blob> {
    const { readParquet, pause, signal } = this.#tools;
    for await (const { bytes, packed } of readParquet(name, file, signal)) {
      spill.push(bytes);
      await pause(packed);
    }
    return spill.take();
  }
}

/** The name of what is in a gzip file; without another end it is a text. */
function innerName(name: string): string {
  const inner = name.replace(/\.gz$/i, "");
  return endOf(inner) === "" ? `${inner}.txt` : inner;
}

function unknownKind(name: string): LabError {
  return new LabError("corpus", {
    what: `${name} cannot be read as a text`,
    expected: READABLE,
    hint: isArchive(name) ? "unpack it and bring the files or the folder" : "save it as plain text",
  });
}

// An arena that is built from a file of the user, such as a table.
import { LabError } from "../../error.ts";
import type { Arena } from "./arena.ts";

export interface UserFile {
  /** Its name without folders, for messages. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface FileArena {
  readonly id: string;
  /** The most bytes of the file. */
  readonly bytes: number;
  /** The types of files that it reads, as a file chooser names them: `.csv,.parquet`. */
  readonly types: string;
  /** Names of the options that `open` reads. */
  readonly options: readonly string[];
  /** The names of the file's columns. Throws LabError "arena" in one line for a file that cannot be read. */
  columns(file: UserFile): Promise<readonly string[]>;
  /** Throws LabError "arena" in one line for a file or an option that cannot be used. */
  open(file: UserFile, options: Readonly<Record<string, string>>): Promise<Arena>;
}

/** The error for a file of `bytes`; the caller that knows the size need not read the file. */
export const tooLarge = (name: string, bytes: number, most: number): LabError =>
  new LabError("arena", {
    what: name,
    got: `${(bytes / 2 ** 20).toFixed(0)} MB`,
    expected: `at most ${most / 2 ** 20} MB`,
    hint: "take a sample of its rows",
  });

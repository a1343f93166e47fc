// The folder of a headless lab: Chromium's profile, and a file that identifies the study. A lab without `--profile`
// uses a temporary folder, and keeps it when the study is not stored elsewhere.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lock } from "../lock.mjs";
import { replaceFile } from "./replace-file.ts";

const FORMAT = 1;

/** The data of a profile outside the browser. */
interface ProfileFile {
  readonly format: typeof FORMAT;
  /** SHA-256 of the text files that the study began with; null: none. */
  readonly text: string | null;
  readonly train: string | null;
  readonly program: string | null;
  /** Notebook commits of the written bundles, newest last. */
  readonly tips: readonly string[];
}

const EMPTY: ProfileFile = { format: FORMAT, text: null, train: null, program: null, tips: [] };
const TIPS = 20;
const LEAVING = 15_000; // ms that a browser may take to end after its lab was killed

export class Profile {
  readonly folder: string;
  readonly temporary: boolean;
  readonly #release: () => void;
  #file: ProfileFile;

  private constructor(folder: string, temporary: boolean, file: ProfileFile, release: () => void) {
    this.folder = folder;
    this.temporary = temporary;
    this.#file = file;
    this.#release = release;
  }

  /** Opens a folder; null: a new temporary one. Rejects with a one-line error when it is in use or not a profile. */
  static async open(path: string | null): Promise<Profile> {
    const folder = path === null ? mkdtempSync(join(tmpdir(), "overnight-lab-")) : made(resolve(path));
    const busy = (pid: number) => `--profile: another lab (process ${pid}) uses ${folder}`;
    const release = await lock(folder, busy);
    try {
      const profile = new Profile(folder, path === null, read(folder), release);
      await profile.update({});
      return profile;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** The folder of Chromium's own profile. */
  get browser(): string {
    return join(this.folder, "chromium");
  }

  get began(): Pick<ProfileFile, "text" | "train" | "program"> {
    return this.#file;
  }

  async update(change: Partial<Omit<ProfileFile, "format">>): Promise<void> {
    this.#file = { ...this.#file, ...change };
    await replaceFile(join(this.folder, NAME), JSON.stringify(this.#file) + "\n");
  }

  readonly written = {
    has: (tip: string) => this.#file.tips.includes(tip),
    add: async (tip: string) => {
      if (!this.#file.tips.includes(tip)) await this.update({ tips: [...this.#file.tips, tip].slice(-TIPS) });
    },
  };

  /**
   * Waits until a previous browser has ended; throws a one-line error where this Chromium must not open the profile.
   */
  async makeReady(chromium: string): Promise<void> {
    const until = Date.now() + LEAVING;
    for (let pid = this.#holder(); pid !== null; pid = this.#holder()) {
      if (Date.now() > until) throw new Error(`--profile: a browser (process ${pid}) uses ${this.folder}`);
      await sleep(100);
    }
    const mark = join(this.browser, "Last Version");
    if (!existsSync(mark)) return;
    const last = readFileSync(mark, "utf8").trim();
    const now = /\d+(\.\d+)+/.exec(execFileSync(chromium, ["--version"], { encoding: "utf8" }))?.[0] ?? "0";
    // An older Chromium cannot read a newer one's databases: it would start with empty ones.
    if (Number.parseInt(last, 10) > Number.parseInt(now, 10))
      throw new Error(
        `--profile: ${this.folder} was used by Chromium ${last}, this one is ${now}: use the newer one`,
      );
  }

  /** The process number of a browser on this machine that uses the profile, or null. */
  #holder(): number | null {
    const link = join(this.browser, "SingletonLock");
    try {
      const [, host, pid] = /^(.*)-(\d+)$/.exec(readlinkSync(link)) ?? [];
      if (host !== hostname()) return null;
      process.kill(Number(pid), 0);
      return Number(pid);
    } catch (error) {
      if (["ENOENT", "ESRCH", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
      throw error;
    }
  }

  /** `keep`: the folder may hold the only copy of a study. */
  close(keep: boolean): void {
    if (this.temporary && !keep)
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    this.#release();
  }
}

const NAME = "overnight-profile.json";

function made(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    return realpathSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`--profile: ${path} cannot be made a folder (${code ?? "?"})`, { cause });
  }
}

function read(folder: string): ProfileFile {
  const path = join(folder, NAME);
  if (!existsSync(path)) {
    if (readdirSync(folder).length === 0) return EMPTY;
    throw new Error(`--profile: ${folder} is not empty and no lab's profile`);
  }
  const file = parsed(readFileSync(path, "utf8"));
  if (file === null)
    throw new Error(`--profile: ${path} is damaged; the study is in the folder chromium beside it`);
  if (file.format !== FORMAT)
    throw new Error(`--profile: ${folder} is of another version (format ${file.format}, expected ${FORMAT})`);
  return { ...EMPTY, ...file, format: FORMAT };
}

function parsed(text: string): Partial<ProfileFile> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

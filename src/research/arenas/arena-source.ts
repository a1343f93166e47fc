// The arenas that a study on the page may be of. Their code is loaded when it is needed, because most visits need none.
import { sha256 } from "../../digest.ts";
import { LabError } from "../../error.ts";
import type { Arena, OpenRealm } from "../../arenas/index.ts";
import type { OpenSandbox, Runner } from "../../runner/index.ts";
import type { ArenaCheck, ArenaFile, ArenaOption, NewArena } from "../contract/arena-view.ts";
import type { Diagnostic } from "../contract/lab-state.ts";
import { ownTexts, type Study } from "../study/study.ts";
import type { CorpusSources } from "../study/texts.ts";
import { DEFAULT_SETTINGS } from "../contract/settings.ts";
import { judgeOf, mustBeArenaOf, settingsFor, viewOfArena } from "./study-facts.ts";

/** What a study of an arena runs with, in place of a text and a device. */
export interface ArenaBench {
  readonly arena: Arena;
  readonly runner: Pick<Runner, "run" | "rehearse">;
  /** Syntax errors of a candidate, and its size; its types are not checked. */
  check(source: string): Promise<readonly Diagnostic[]>;
}

export interface ArenaSource {
  /** For the form of a new study. */
  list(): Promise<readonly ArenaOption[]>;
  /** Rejects with LabError "arena" in one line for a choice that cannot be used. */
  choose(choice: NewArena): Promise<Arena>;
  /** The files of a small arena, by name. */
  example(): Promise<Readonly<Record<string, string>>>;
  /** The names of a file's columns. */
  columns(id: string, file: ArenaFile): Promise<readonly string[]>;
  check(choice: NewArena): Promise<ArenaCheck>;
  /** Rejects with LabError "arena" where the study began with another arena, or its file is not here. */
  benchOf(study: Study): Promise<ArenaBench>;
}

const HASH = "sha256 of ";
/** Runs of the first candidate that measure its noise. */
const CHECK_RUNS = 18;

type Kept = Pick<CorpusSources, "keep" | "kept">;

/** The arenas of the browser. `kept`: where the files of arenas stay for a reload. */
export const arenaSource = (openSandbox: OpenSandbox, kept: Kept): ArenaSource =>
  sourceOf(async () => (await import("../../arenas/index.ts")).frameRealms(openSandbox), kept);

/** The same over any realms. */
export function sourceOf(realms: () => Promise<OpenRealm>, kept: Kept): ArenaSource {
  const load = () => import("../../arenas/index.ts");

  async function builtFrom(id: string) {
    const found = (await load()).FILE_ARENAS.find((one) => one.id === id);
    if (found === undefined) throw new LabError("arena", { what: "no arena is built from a file", got: id });
    return found;
  }

  async function choose(choice: NewArena): Promise<Arena> {
    const arenas = await load();
    if ("texts" in choice) return arenas.ownArena(choice.texts, await realms());
    if (!("file" in choice)) return arenas.arenaNamed(choice.id);
    const { id, file, options } = choice;
    const found = await builtFrom(id);
    if (file.bytes.length > found.bytes) throw arenas.tooLarge(file.name, file.bytes.length, found.bytes);
    const arena = await found.open(file, options);
    await kept.keep(await sha256(file.bytes), [{ name: file.name, file: new Blob([file.bytes.slice()]) }]);
    return arena;
  }

  /** The choice that a study began with. */
  async function choiceOf(study: Study): Promise<NewArena> {
    const { arena } = study.file;
    const texts = ownTexts(study);
    if (Object.keys(texts).length > 0) return { texts };
    const { fixed = {}, id = "", title = "" } = arena ?? {};
    const hash = Object.entries(fixed).find(([name]) => name.startsWith(HASH));
    if (hash === undefined) return { id };
    const [name, sum] = hash;
    const [found] = (await kept.kept(sum)) ?? [];
    if (found === undefined)
      throw new LabError("arena", {
        what: `the file of study ${study.file.study} (${title}) is not here`,
        hint: `bring ${name.slice(HASH.length)} again, or begin a new study`,
      });
    const options = Object.fromEntries(Object.entries(fixed).filter(([one]) => one !== name));
    return { id, options, file: { name: found.name, bytes: new Uint8Array(await found.file.arrayBuffer()) } };
  }

  return {
    choose,
    async list() {
      const { ARENAS, FILE_ARENAS } = await load();
      return ARENAS.map((arena) => {
        const built = FILE_ARENAS.find(({ id }) => id === arena.manifest.id);
        return {
          arena: viewOfArena(arena),
          ...(built === undefined ? {} : { file: { types: built.types, options: built.options } }),
        };
      });
    },
    example: async () => (await load()).EXAMPLE,
    columns: async (id, file) => (await builtFrom(id)).columns(file),
    async check(choice) {
      const arena = await choose(choice);
      const { checkReadiness, readinessWords, experimentsPerHour } = await load();
      const found = await checkReadiness(arena, {
        openRealm: await realms(),
        instances: choice.instances ?? 1,
        runs: CHECK_RUNS,
        judge: judgeOf(settingsFor(arena, { ...DEFAULT_SETTINGS, rule: "paired" })),
        signal: new AbortController().signal,
        now: () => performance.now(),
      });
      const findings = readinessWords(found);
      return {
        arena: viewOfArena(arena),
        ready: findings.every(({ ok }) => ok),
        findings,
        experimentsPerHour: experimentsPerHour(found),
        automatic: found.risk === "none",
      };
    },
    async benchOf(study) {
      const arena = await choose(await choiceOf(study));
      mustBeArenaOf(study.file, arena);
      const { arenaRunner, compileCandidate } = await load();
      return {
        arena,
        runner: arenaRunner(arena, await realms(), study.file.arena?.instances ?? 0),
        check: (source) => Promise.resolve(errorsOf(() => compileCandidate(arena, source))),
      };
    },
  };
}

/** The error of a compiler as a diagnostic. */
function errorsOf(compile: () => unknown): Diagnostic[] {
  try {
    compile();
    return [];
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== "crash") throw error;
    const [, line = "1", message = error.message] = /^[^:]+:(\d+): (.*)$/.exec(error.message) ?? [];
    return [{ line: Number(line), column: 1, message }];
  }
}

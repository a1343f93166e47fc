// The worker of the arenas' tests: runs candidates of any arena in the sandbox of the browser.
import { ARENAS, frameRealms, ownArena, type Arena, type OpenRealm } from "../../../src/arenas/index.ts";
import { probe } from "../../../src/arenas/run/probe.ts";
import { compileCandidate, meanScore, scoreSplit } from "../../../src/arenas/run/score-candidate.ts";
import { LabError, messageOf } from "../../../src/error.ts";
import { trainerFrames } from "../../../src/runner/index.ts";
import { answerWith } from "../../runner/page/mailbox.ts";

export interface Asked {
  readonly arena: string;
  /** The files of an arena of one's own, in place of the lab's arena. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly source: string;
  readonly split: "practice" | "validation";
  /** Instances to run at most. */
  readonly most: number;
  readonly probed: boolean;
}
export interface Told {
  readonly score?: number;
  readonly code?: string;
  readonly reason?: string;
  readonly error?: string;
  readonly took: number;
}

let openRealm: OpenRealm | null = null;
const never = new AbortController().signal;

async function answer(asked: Asked): Promise<Omit<Told, "took">> {
  if (openRealm === null) throw new Error("no frames yet");
  const { split, most, source, texts } = asked;
  const drawn = { instances: 1, seed: 1 };
  try {
    const arena: Arena | undefined =
      texts === undefined
        ? ARENAS.find(({ manifest }) => manifest.id === asked.arena)
        : await ownArena(texts, openRealm);
    if (arena === undefined) throw new Error(`no arena ${asked.arena}`);
    const code = compileCandidate(arena, source);
    const validation = await scoreSplit(arena, openRealm, code, { ...drawn, split, most }, never);
    if (asked.probed) await probe(arena, openRealm, code, { ...drawn, validation }, never);
    return { score: meanScore(validation) };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return { code: error.code, reason: messageOf(error) };
  }
}

answerWith<Asked>((frames) => {
  openRealm = frameRealms(trainerFrames(frames));
}, answer);

// A runner for the loop: an arena's instances take the place of chunks of text, so that the paired verdict, the hidden
// test and the notebook work as they do for a GPT. Its scores are losses: lower is better in every arena.
import { LabError } from "../../error.ts";
import { NO_FIGURES, type Runner, type RunRequest, type RunResult } from "../../runner/index.ts";
import { type Arena, lossOf } from "../contract/arena.ts";
import type { OpenRealm } from "../realm/ask.ts";
import { probe } from "./probe.ts";
import { type Asked, compileCandidate, meanScore, scoreSplit, type SplitScore } from "./score-candidate.ts";

/** Lines of the sample, which shows the results of single instances. */
const SHOWN = 6;

/** `instances`: the study's seed of the instances. */
export function arenaRunner(
  arena: Arena,
  openRealm: OpenRealm,
  instances: number,
  now: () => number = () => performance.now(),
): Pick<Runner, "run" | "rehearse"> {
  const scored = (code: string, asked: Omit<Asked, "instances">, signal: AbortSignal) =>
    scoreSplit(arena, openRealm, code, { instances, ...asked }, signal);

  /** Compiles the candidate and runs the practice split: a failure there costs no experiment. */
  async function practised({ source, seed }: RunRequest, signal: AbortSignal): Promise<string> {
    const code = compileCandidate(arena, source);
    await scored(code, { split: "practice", seed }, signal);
    return code;
  }

  return {
    async run(request, onEvent, signal): Promise<RunResult> {
      const { seed, wantTest } = request;
      const began = now();
      let code: string | null = null;
      const figures = (ticks = 0, steps = 0) => ({
        ...NO_FIGURES,
        tokens: ticks,
        steps,
        seconds: (now() - began) / 1000,
        device: "ticks",
      });
      const stage = (name: "rehearsing" | "training" | "probing" | "scoring") =>
        onEvent({ type: "stage", stage: name, detail: "", done: 0, total: 0 });
      try {
        stage("rehearsing");
        code = await practised(request, signal);
        stage("training");
        const validation = await scored(code, { split: "validation", seed }, signal);
        stage("probing");
        await probe(arena, openRealm, code, { validation, instances, seed }, signal);
        stage("scoring");
        const score = scoreOf(arena, validation);
        const wanted = typeof wantTest === "function" ? wantTest(score) : wantTest === true;
        const test = wanted ? await scored(code, { split: "test", seed }, signal) : null;
        const ticks = validation.ticks.reduce((sum, count) => sum + count, 0);
        return {
          ...figures(ticks, validation.ticks.length),
          ...score,
          status: "scored",
          ...(test === null ? {} : { testBpb: lossOf(arena.manifest, meanScore(test)) }),
          sample: validation.evaluations
            .slice(0, SHOWN)
            .map(({ words }) => words)
            .join("\n"),
        };
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        if (error.code === "cancelled")
          return { ...figures(), status: "aborted", reason: error.message, retry: false, cause: "stopped" };
        if (error.code !== "crash" && error.code !== "invalid") throw error;
        return {
          ...figures(),
          status: error.code,
          reason: error.message,
          ...lineOf(error.message, arena.manifest.candidate.file),
          ...(code === null ? { rehearsal: true as const } : {}),
        };
      }
    },

    async rehearse(request, signal) {
      try {
        await practised(request, signal);
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        const failed = error.code === "crash" || error.code === "invalid";
        return { status: failed ? "failed" : "none", reason: error.message };
      }
      return { status: "passed", stepMs: 0, tokensPerSecond: 0, peakBytes: 0, parameters: 0, silent: "" };
    },
  };
}

/** The scores of a split for the verdict. */
function scoreOf({ manifest }: Arena, split: SplitScore) {
  const names = [...manifest.guards, ...manifest.secondary].map(({ name }) => name);
  const valuesOf = (name: string) => split.parts.map(({ metrics }) => metrics[name]);
  return {
    valBpb: lossOf(manifest, meanScore(split)),
    chunks: split.parts.map(({ score }) => lossOf(manifest, score)),
    chunkBytes: split.parts.map(({ weight = 1 }) => weight),
    ...(names.length === 0
      ? {}
      : { metrics: Object.fromEntries(names.map((name) => [name, valuesOf(name)])) }),
  };
}

function lineOf(reason: string, file: string): { readonly line?: number } {
  const line = reason.startsWith(`${file}:`) ? Number.parseInt(reason.slice(file.length + 1), 10) : NaN;
  return Number.isInteger(line) ? { line } : {};
}

// A failure of an agent as an HTTP status and one line, so that the lab classifies it like a provider's failure.
import { stripVTControlCharacters } from "node:util";

export class AgentFailure extends Error {
  readonly status: number;

  constructor(status: number, line: string) {
    super(line.replace(/\s+/g, " ").trim());
    this.name = "AgentFailure";
    this.status = status;
  }

  /** Classifies the last output of a failed agent. */
  static of(said: string): AgentFailure {
    const line = lastLine(said);
    if (LIMIT.test(said)) return new AgentFailure(429, `rate limit: ${line}`);
    if (LOGIN.test(said)) return new AgentFailure(401, `${line} (run it once by hand and log in)`);
    return new AgentFailure(502, line);
  }
}

const LIMIT =
  /(usage|rate|session|weekly|quota)[\s-]*limit|too many requests|quota (exceeded|exhausted)|\b429\b/i;
const LOGIN = /not logged in|log ?in|sign ?in|unauthori[sz]ed|authenticat|invalid api key|\b401\b/i;

/** The last line of a text that is not empty, without colours and control characters. */
function lastLine(text: string): string {
  const clean = stripVTControlCharacters(text)
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return (clean.at(-1) ?? "").slice(0, 300);
}

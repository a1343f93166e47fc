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
    const line = tellingLine(said);
    if (TOO_LONG.test(line)) return new AgentFailure(413, line);
    if (LIMIT.test(said)) return new AgentFailure(429, `rate limit: ${line}`);
    if (LOGIN.test(said)) return new AgentFailure(401, `${line} (run it once by hand and log in)`);
    return new AgentFailure(502, line);
  }
}

/** What an answer is called that is not in the agent's form. */
export const UNREADABLE = "not its JSON";

const TOO_LONG =
  /prompt is too long|context window|exceeds the maximum (length|number of tokens)|input_too_large/i;
const LIMIT =
  /(usage|rate|session|weekly|quota)[\s-]*limit|(hit|reached) your (\w+ )?limit|out of (extra )?usage|too many requests|quota (exceeded|exhausted)|exhausted your (\w+ )?(quota|capacity)|resource[ _]exhausted|\b429\b/i;
const LOGIN =
  /not logged in|log ?in|sign ?in|auth method|must specify the \w+_API_KEY|unauthori[sz]ed|authenticat|invalid api key|api key not valid|\b401\b/i;

/**
 * The line that names the error, or else the last that is not empty, without colours and control characters. A stack or a
 * usage text may follow it.
 */
function tellingLine(text: string): string {
  const clean = stripVTControlCharacters(text)
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const telling = [TELLING, TOO_LONG, LIMIT, LOGIN].map((kind) => clean.find((line) => kind.test(line)));
  return (telling.find((line) => line !== undefined) ?? clean.at(-1) ?? "").slice(0, 300);
}

const TELLING = /^error\b|unknown (argument|option)|unexpected argument/i;

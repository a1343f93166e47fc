// What went wrong with an agent, as a status of HTTP and one line, so that the lab's own reading of failures fits.

export class AgentFailure extends Error {
  readonly status: number;

  constructor(status: number, line: string) {
    super(line.replace(/\s+/g, " ").trim());
    this.name = "AgentFailure";
    this.status = status;
  }

  /** From what an agent said as it failed. */
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

/** The last line of a text that says something, without colours and control characters. */
function lastLine(text: string): string {
  const clean = text
    // eslint-disable-next-line no-control-regex -- terminal colours are what is taken out
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "")
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return (clean.at(-1) ?? "").slice(0, 300);
}

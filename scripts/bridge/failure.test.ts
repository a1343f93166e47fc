// The failures of agents in the words of several versions, and how the lab reads the line.
import { expect, it } from "vitest";
import { classify } from "../../src/researchers/model/wire/classify.ts";
import { AgentFailure } from "./failure.ts";

const NOW = Date.UTC(2026, 10, 30, 14, 30, 0);
const HOUR = 3_600_000;

it.each([
  [429, "You've hit your limit · resets 5pm (UTC)", 2.5 * HOUR],
  [429, "You've hit your session limit · resets 4:30pm (UTC)", 2 * HOUR],
  [429, "You've hit your weekly limit · resets Dec 3, 10am (UTC)", 19.5 * HOUR],
  [429, "Claude AI usage limit reached|1796056200", 2 * HOUR],
  [429, "You're out of extra usage · resets 3pm (UTC)", 0.5 * HOUR],
  [429, "You’ve hit your usage limit. Upgrade to Pro or try again in 3 days 4 hours 9 minutes.", 24 * HOUR],
  [429, "You have exhausted your capacity on this model. Your quota will reset after 3h11m.", 11_460_000],
  [429, "RESOURCE_EXHAUSTED: retry later", null],
  [401, "Invalid API key · Please run /login", null],
  [413, "Prompt is too long", null],
  [502, "Segmentation fault", null],
])("%s: %s", (status, said, wait) => {
  const failure = AgentFailure.of(said);
  expect(failure.status).toBe(status);
  const error = { statusCode: status, responseBody: JSON.stringify({ error: { message: failure.message } }) };
  const read = classify(error, { now: NOW, answered: false, received: 0, redact: (text) => text });
  expect([read.kind === "rate", read.retryAfter]).toEqual([status === 429, wait]);
});

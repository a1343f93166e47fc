// The wait that the words of a refusal ask for, as a span or until a time.

const UNIT: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1, ms: 0.001 };
const DAY = 86_400_000; // ms

/**
 * The wait that the words ask for [ms], at most a day: "retry in 17h3m", "try again in 20 seconds", `"retryDelay": "34s"`,
 * or until a time: "resets 3am (UTC)", "try again at 4:51 PM", an ISO date, seconds or milliseconds since the epoch.
 * `now`: ms since the epoch.
 */
export function waitIn(words: string, now: number): number | null {
  const wait = spanIn(words) ?? untilDate(words, now) ?? untilClock(words, now);
  return wait !== null && wait > 0 ? Math.min(wait, DAY) : null;
}

function spanIn(words: string): number | null {
  const span =
    /(?:retry(?:delay)?|try again|wait|resets?|available)\b[^\d\n]{0,40}?((?:\d+(?:\.\d+)?\s*(?:milliseconds?|ms|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)\b[\s,]*(?:and )?|\d+(?:\.\d+)?(?:d|h|m)(?=\d))+)/i.exec(
      words,
    )?.[1];
  if (span === undefined) return null;
  const parts = [...span.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)];
  const seconds = parts.reduce((sum, [, count = "", unit = ""]) => {
    const name = /^(?:ms|milli)/i.test(unit) ? "ms" : unit.charAt(0).toLowerCase();
    return sum + Number(count) * (UNIT[name] ?? 0);
  }, 0);
  return seconds * 1000;
}

const AGAIN = String.raw`(?:reset(?:s|_?at)?|retry|again|available|until|reached)`;
const EPOCH = new RegExp(String.raw`${AGAIN}\D{0,24}(\d{13}|\d{10})\b`, "i");
const ISO_DATE = new RegExp(
  String.raw`${AGAIN}[^\d\n]{0,40}(\d{4}-\d\d-\d\d)[t ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(z|[+-]\d\d:?\d\d)?`,
  "i",
);
const CLOCK = new RegExp(
  String.raw`${AGAIN}\b[^\n]{0,24}?\b(\d{1,2})(?::(\d\d)(?::\d\d)?\s*([ap]m)?|\s*([ap]m))\b(?:\s*\(?(utc|gmt|[a-z]+/[a-z_/]+)\b)?`,
  "i",
);

function untilDate(words: string, now: number): number | null {
  const epoch = EPOCH.exec(words)?.[1];
  if (epoch !== undefined) return Number(epoch) * (epoch.length === 10 ? 1000 : 1) - now;
  const found = ISO_DATE.exec(words);
  if (!found) return null;
  const [, day = "", time = "", zone = "Z"] = found;
  const at = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  return Number.isNaN(at) ? null : at - now;
}

/** Until a time of day, in the zone that stands behind it or else in this machine's. */
function untilClock(words: string, now: number): number | null {
  const found = CLOCK.exec(words);
  if (!found) return null;
  const [, hour = "", minute = "0", first, second, zone] = found;
  const half = (first ?? second ?? "").toLowerCase();
  const hours = half === "" ? Number(hour) : (Number(hour) % 12) + (half === "pm" ? 12 : 0);
  const wanted = 60 * hours + Number(minute);
  if (hours > 23 || wanted >= 1440) return null;
  const parts = clockIn(zone).formatToParts(now);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  const minutes = (wanted - 60 * part("hour") - part("minute") + 1440) % 1440;
  return 60_000 * (minutes === 0 ? 1440 : minutes);
}

function clockIn(zone: string | undefined): Intl.DateTimeFormat {
  const form = { hour: "numeric", minute: "numeric", hourCycle: "h23" } as const;
  try {
    return new Intl.DateTimeFormat("en", { ...form, timeZone: zone });
  } catch {
    // No such zone: the server's words may mean anything.
    return new Intl.DateTimeFormat("en", form);
  }
}

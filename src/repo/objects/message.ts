// Commit messages: the hypothesis as the subject line, a body, and the result as trailers. A researcher's text is
// cleaned: git gets one line, plain text, and trailers that `git interpret-trailers` can read.

import { LabError } from "../../error.ts";
import { oneLine, withoutBidi } from "../../text.ts";
import type { Identity, Trailer } from "./model.ts";

/** Longest subject; more moves into the body. */
const SUBJECT_LIMIT = 72;

/** The whole message. A subject that is too long is cut at a word, and the body begins with all of it. */
export function composeMessage(subject: string, body: string, trailers: readonly Trailer[]): string {
  const whole = oneLine(subject) || "No hypothesis was given";
  const paragraphs: string[] = [];
  const characters = [...whole];
  if (characters.length <= SUBJECT_LIMIT) paragraphs.push(whole);
  else {
    const cut = characters.slice(0, SUBJECT_LIMIT - 1).join("");
    const space = cut.lastIndexOf(" ");
    paragraphs.push(`${(space > SUBJECT_LIMIT / 2 ? cut.slice(0, space) : cut).trimEnd()}…`, whole);
  }
  const text = plain(body);
  if (text !== "") paragraphs.push(text);
  if (trailers.length > 0)
    paragraphs.push(trailers.map(([key, value]) => `${trailerKey(key)}: ${oneLine(value)}`).join("\n"));
  return `${paragraphs.join("\n\n")}\n`;
}

/** Subject, body and trailers of a message; trailers are the last paragraph when every line of it is one. */
export function parseMessage(message: string): {
  readonly subject: string;
  readonly body: string;
  readonly trailers: readonly Trailer[];
} {
  const [subject = "", ...rest] = message.trimEnd().split(/\n{2,}/);
  const trailers = rest.at(-1)?.split("\n").map(parseTrailer) ?? [];
  const found = trailers.filter((trailer) => trailer !== undefined);
  const whole = found.length > 0 && found.length === trailers.length;
  return { subject, body: (whole ? rest.slice(0, -1) : rest).join("\n\n"), trailers: whole ? found : [] };
}

/** The identity without the characters that would break a commit's header. */
export function cleanIdentity({ name, email }: Identity): Identity {
  const clean = (text: string): string =>
    oneLine(text.replace(/[<>]/g, "")).replace(/^[.,:;"'\s]+|[.,:;"'\s]+$/g, "");
  const cleaned = { name: clean(name), email: clean(email).replaceAll(" ", "") };
  if (cleaned.name === "")
    throw new LabError("git", { what: "commit: the author has no name", got: JSON.stringify(name) });
  return cleaned;
}

/** Lines without control characters or trailing space, at most one empty line in a row. */
function plain(text: string): string {
  return withoutBidi(text)
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .split("\n")
    .map((line) => line.replace(/(?:(?!\t)\p{Cc})+/gu, " ").trimEnd())
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/^\n+|\n+$/g, "");
}

function trailerKey(key: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(key))
    throw new LabError("git", {
      what: "commit: not a trailer",
      got: JSON.stringify(key),
      expected: "letters, digits, '-'",
    });
  return key;
}

function parseTrailer(line: string): Trailer | undefined {
  const match = /^([A-Za-z0-9][A-Za-z0-9-]*): ?(.*)$/.exec(line);
  return match === null ? undefined : [match[1] ?? "", match[2] ?? ""];
}

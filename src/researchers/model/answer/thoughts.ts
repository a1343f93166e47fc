// Removes the thoughts that a server leaves in the text of an answer. A draft inside a thought is never the answer,
// even if the thought is not closed; a tag that the prose merely mentions does not count.

const TAGS = "think|thinking|thoughts?|reasoning|reflection|analysis|scratchpad|seed:think";
const OPEN = new RegExp(String.raw`^[ \t]*(?:<(${TAGS})>|(\[THINK\])|(◁think▷))`, "im");
const CLOSE = new RegExp(String.raw`<\/(?:${TAGS})>|\[\/THINK\]|◁\/think▷`, "gi");
/** The possible beginnings of an answer that starts on the line on which a thought ends. */
const FORM = /^(?:[*_#>`-]*\s*(?:HYPOTHESIS|EXPECTED)\b|[{[<`])/i;

/** `text` without its thoughts. */
export function withoutThoughts(text: string): string {
  let rest = withoutHarmony(text);
  for (;;) {
    const open = OPEN.exec(rest);
    const ends = [...closings(rest)];
    // Some templates write the opening tag into the prompt, so the answer holds only the closing tag.
    const orphan = ends.filter(({ from }) => open === null || from < open.index).at(-1);
    if (orphan) rest = rest.slice(orphan.to);
    else if (open === null) return rest;
    else rest = rest.slice(0, open.index) + rest.slice(endOfThought(rest, open.index + open[0].length, ends));
  }
}

/** The end of the thought that begins at `inside`: its last closing tag, because a thought may itself contain one. */
function endOfThought(text: string, inside: number, ends: readonly { from: number; to: number }[]): number {
  const next = OPEN.exec(text.slice(inside));
  const limit = next === null ? text.length : inside + next.index;
  const within = ends.filter(({ from }) => from >= inside);
  const close = within.filter(({ from }) => from < limit).at(-1) ?? within[0];
  return close?.to ?? text.length;
}

/** The closing tags that are not merely mentioned in a sentence. */
function* closings(text: string): Generator<{ from: number; to: number }> {
  for (const match of text.matchAll(CLOSE)) {
    const from = match.index;
    const to = from + match[0].length;
    if (!isNamed(text.slice(0, from), text.slice(to))) yield { from, to };
  }
}

/** Whether a tag is part of a sentence: quoted, or between a space and further words or a full stop. */
function isNamed(before: string, after: string): boolean {
  if (/(?:^|\n)[ \t]*$/.test(before)) return false;
  if (/[`'"“‘(]$/.test(before)) return true;
  if (!/[ \t]$/.test(before)) return false;
  const [line = ""] = after.split("\n", 1);
  if (line.trim() === "") return false;
  return !FORM.test(line.trim());
}

/**
 * OpenAI's harmony format from a server that does not parse it: a text of channels, where `analysis` holds thoughts.
 */
function withoutHarmony(text: string): string {
  if (!/<\|(?:channel|message)\|>/.test(text)) return text;
  const parts = text.split(/<\|start\|>|<\|end\|>|<\|return\|>/);
  const kept = parts.filter((part) => !/<\|channel\|>\s*analysis\b/.test(part));
  // Remove the headers of channels that are no calls; calls keep theirs (tool-text.ts reads them).
  return kept
    .map((part) =>
      /\bto=/.test(part)
        ? part
        : part.replace(
            /^\s*(?:assistant)?\s*(?:<\|channel\|>[^<]*)?(?:<\|constrain\|>[^<]*)?<\|message\|>/,
            "",
          ),
    )
    .join("\n");
}

// Thoughts that a server leaves in the text of an answer. A draft inside a thought is never the answer, whether the
// thought is closed or not; a tag that prose only names opens and closes nothing.

const TAGS = "think|thinking|thoughts?|reasoning|reflection|analysis|scratchpad|seed:think";
const OPEN = new RegExp(String.raw`^[ \t]*(?:<(${TAGS})>|(\[THINK\])|(◁think▷))`, "im");
const CLOSE = new RegExp(String.raw`<\/(?:${TAGS})>|\[\/THINK\]|◁\/think▷`, "gi");
/** What an answer may begin with, on the very line on which a thought ends. */
const FORM = /^(?:[*_#>`-]*\s*(?:HYPOTHESIS|EXPECTED)\b|[{[<`])/i;

/** `text` without its thoughts. */
export function withoutThoughts(text: string): string {
  let rest = withoutHarmony(text);
  for (;;) {
    const open = OPEN.exec(rest);
    const ends = [...closings(rest)];
    // Some templates write the opening tag into the prompt, so that the answer only closes it.
    const orphan = ends.filter(({ from }) => open === null || from < open.index).at(-1);
    if (orphan) rest = rest.slice(orphan.to);
    else if (open === null) return rest;
    else rest = rest.slice(0, open.index) + rest.slice(endOfThought(rest, open.index + open[0].length, ends));
  }
}

/** Where the thought that begins at `inside` ends: at its last closing tag, because a thought may write one as well. */
function endOfThought(text: string, inside: number, ends: readonly { from: number; to: number }[]): number {
  const next = OPEN.exec(text.slice(inside));
  const limit = next === null ? text.length : inside + next.index;
  const within = ends.filter(({ from }) => from >= inside);
  const close = within.filter(({ from }) => from < limit).at(-1) ?? within[0];
  return close?.to ?? text.length;
}

/** Closing tags that close something. */
function* closings(text: string): Generator<{ from: number; to: number }> {
  for (const match of text.matchAll(CLOSE)) {
    const from = match.index;
    const to = from + match[0].length;
    if (!isNamed(text.slice(0, from), text.slice(to))) yield { from, to };
  }
}

/** Whether a tag stands within a sentence: quoted, or with a space before it and words or a full stop behind. */
function isNamed(before: string, after: string): boolean {
  if (/(?:^|\n)[ \t]*$/.test(before)) return false;
  if (/[`'"“‘(]$/.test(before)) return true;
  if (!/[ \t]$/.test(before)) return false;
  const [line = ""] = after.split("\n", 1);
  if (line.trim() === "") return false;
  return !FORM.test(line.trim());
}

/** OpenAI's harmony format as it is when a server does not read it: channels, of which `analysis` is a thought. */
function withoutHarmony(text: string): string {
  if (!/<\|(?:channel|message)\|>/.test(text)) return text;
  const parts = text.split(/<\|start\|>|<\|end\|>|<\|return\|>/);
  const kept = parts.filter((part) => !/<\|channel\|>\s*analysis\b/.test(part));
  // What is not yet a call is plain text; calls keep their header (tool-text.ts reads them).
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

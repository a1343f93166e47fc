// Parses JSON as models write it: trailing commas, single quotes, Python's literals, a missing end, prose around it.

/** The value of `text`, repaired where possible; undefined when it is not JSON. */
export async function looseJson(text: string): Promise<unknown> {
  const trimmed = text.trim();
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    // Not valid JSON: most mistakes of models can be repaired.
  }
  const { jsonrepair } = await import("jsonrepair");
  try {
    return JSON.parse(jsonrepair(asciiColons(trimmed))) as unknown;
  } catch {
    // Beyond repair: the caller's error says which form it expected.
    return undefined;
  }
}

/** Keyboards and models trained on Chinese write `"name"：value`. */
const asciiColons = (text: string): string => text.replace(/(["'])\s*：/g, "$1:");

/** The outermost `{ … }` of a text, in order; an object cut off by the end of the text is included up to there. */
export function* objectsIn(text: string): Generator<{ from: number; to: number; text: string }> {
  for (let from = text.indexOf("{"); from >= 0; from = text.indexOf("{", from)) {
    // After a brace of code comes code; after a brace of JSON comes a key.
    if (!/^\{\s*(?:["'“]|[A-Za-z_]+\s*[:：])/.test(text.slice(from, from + 80))) {
      from += 1;
      continue;
    }
    const to = endOf(text, from);
    yield { from, to, text: text.slice(from, to) };
    from = to;
  }
}

/** The offset behind the bracket that closes the one at `from`; brackets within strings do not count. */
export function endOf(text: string, from: number): number {
  let depth = 0;
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote !== "") {
      if (character === "\\") at += 1;
      else if (character === quote) quote = "";
    } else if (character === '"') quote = character;
    else if ("{[(".includes(character)) depth += 1;
    else if ("}])".includes(character)) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

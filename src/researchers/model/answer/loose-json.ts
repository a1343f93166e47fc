// The JSON that models write: trailing commas, single quotes, Python's words, an end that is missing, prose around it.

/** The value of `text`, repaired where that can be done; undefined when it is no JSON at all. */
export async function looseJson(text: string): Promise<unknown> {
  const trimmed = text.trim();
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    // Not as it stands; most of what models get wrong can be repaired.
  }
  const { jsonrepair } = await import("jsonrepair");
  try {
    return JSON.parse(jsonrepair(asciiColons(trimmed))) as unknown;
  } catch {
    // Beyond repair: whoever asked says what was expected.
    return undefined;
  }
}

/** Keyboards and models trained on Chinese write `"name"：value`. */
const asciiColons = (text: string): string => text.replace(/(["'])\s*：/g, "$1:");

/** The outermost `{ … }` of a text, in order; an object that the text ends in is given as far as it goes. */
export function* objectsIn(text: string): Generator<{ from: number; to: number; text: string }> {
  for (let from = text.indexOf("{"); from >= 0; from = text.indexOf("{", from)) {
    // Braces of code are followed by code; those of JSON by a name.
    if (!/^\{\s*(?:["'“]|[A-Za-z_]+\s*[:：])/.test(text.slice(from, from + 80))) {
      from += 1;
      continue;
    }
    const to = endOf(text, from);
    yield { from, to, text: text.slice(from, to) };
    from = to;
  }
}

/** Behind the bracket that closes the one at `from`; brackets within strings close nothing. */
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

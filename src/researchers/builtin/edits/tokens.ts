// The tokens of a train.ts by its grammar: without comments and layout. A string is one token, in which no snippet
// matches.
import { Memo } from "../../../memo.ts";
import type { SyntaxNode } from "@lezer/common";
import { children, parse } from "../../source/parse.ts";

export interface Token {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const WHOLE = new Set(["String", "TemplateString", "RegExp"]);

// A cache: the catalogue needs the tokens of the same texts for every edit. Those of one train.ts take 70 KB.
const known = new Memo<readonly Token[]>(300);

export function tokensOf(source: string): readonly Token[] {
  return known.get(source, () => read(source));
}

function read(source: string): Token[] {
  const tokens: Token[] = [];
  const walk = (node: SyntaxNode): void => {
    if (/Comment$/.test(node.name)) return;
    const text = source.slice(node.from, node.to);
    if (WHOLE.has(node.name)) tokens.push({ text, from: node.from, to: node.to });
    else if (node.firstChild) for (const child of children(node)) walk(child);
    else {
      // An operator of several characters may be one leaf or several: split it into its characters.
      for (const { 0: part, index } of text.matchAll(/[\w$.]*\d[\w$]*|[\w$]+|=>|[^\s\w$]/g)) {
        const from = node.from + index;
        tokens.push({ text: part, from, to: from + part.length });
      }
    }
  };
  walk(parse(source).topNode);
  return tokens;
}

// The tokens of a train.ts as its grammar has them: without comments and layout, and what stands in a string is one token
// that no snippet is found in.
import type { SyntaxNode } from "@lezer/common";
import { children, parse } from "../../source/parse.ts";

export interface Token {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const WHOLE = new Set(["String", "TemplateString", "RegExp"]);

// The catalogue asks for the same texts before every proposal.
const known = new Map<string, readonly Token[]>();

export function tokensOf(source: string): readonly Token[] {
  let tokens = known.get(source);
  if (!tokens) {
    if (known.size >= 2000) known.clear();
    tokens = read(source);
    known.set(source, tokens);
  }
  return tokens;
}

function read(source: string): Token[] {
  const tokens: Token[] = [];
  const walk = (node: SyntaxNode): void => {
    if (/Comment$/.test(node.name)) return;
    const text = source.slice(node.from, node.to);
    if (WHOLE.has(node.name)) tokens.push({ text, from: node.from, to: node.to });
    else if (node.firstChild) for (const child of children(node)) walk(child);
    else {
      // An operator of several characters is a leaf in one place and several in a part of a program: one character each.
      for (const { 0: part, index } of text.matchAll(/[\w$.]*\d[\w$]*|[\w$]+|=>|[^\s\w$]/g)) {
        const from = node.from + index;
        tokens.push({ text: part, from, to: from + part.length });
      }
    }
  };
  walk(parse(source).topNode);
  return tokens;
}

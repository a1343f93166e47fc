// Lines of a text, and of the main places of a train.ts in its parsed tree: calls in comments and strings do not count.
import { parser } from "@lezer/javascript";
import type { SyntaxNode } from "@lezer/common";

const typescript = parser.configure({ dialect: "ts" });

/** Lines from 1 on; 0: train.ts has no such place. */
export interface Places {
  /** The call training(model). */
  readonly training: number;
  /** The last method `forward`, which is the model's own. */
  readonly forward: number;
  /** The first call of `log` with a loss, or else its first call. */
  readonly log: number;
}

export function placesOf(source: string): Places {
  const text = oneBreak(source);
  const lineAt = lineFinder(text);
  const read = ({ from, to }: SyntaxNode) => text.slice(from, to);
  let loop = "training";
  const found = { training: 0, forward: 0, log: 0, lossless: 0 };
  typescript.parse(text).iterate({
    enter({ node, name }) {
      const line = lineAt(node.from);
      if (name === "VariableDefinition" && node.prevSibling?.name === "as") {
        const imported = node.prevSibling.prevSibling;
        if (imported !== null && read(imported) === "training") loop = read(node);
      }
      if (name === "PropertyDefinition" && read(node) === "forward") found.forward = line;
      const callee = name === "CallExpression" ? node.firstChild : null;
      if (callee === null) return;
      const called = callee.name === "MemberExpression" ? callee.lastChild : callee;
      const called_ = called === null ? "" : read(called);
      if (callee.name === "VariableName" ? called_ === loop : called_ === "training") found.training ||= line;
      if (callee.name !== "MemberExpression" || called_ !== "log") return;
      const values = node.getChild("ArgList")?.getChild("ObjectExpression")?.getChildren("Property") ?? [];
      const named = values.some(({ firstChild }) => firstChild !== null && read(firstChild) === "loss");
      if (named) found.log ||= line;
      else found.lossless ||= line;
    },
  });
  return { training: found.training, forward: found.forward, log: found.log || found.lossless };
}

/** The text with "\n" for every line break and no byte order mark, so that its lines match those of editors and git. */
export function oneBreak(text: string): string {
  return text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
}

/** The line of an offset, from 1. */
export function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return high;
  };
}

// Inserts calls of the lab into the JavaScript of train.ts: before every statement, into every function and loop, and
// around awaited, thrown, caught and new values. They give the lab the current line without a stack, which train.ts can
// forge, end a loop that does not yield, and end the first evaluation before the second one starts.
import type { SyntaxNode, Tree } from "@lezer/common";

/** Text in place of [from, to). */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

const LOOPS = new Set(["ForStatement", "WhileStatement", "DoStatement"]);
/** Nodes that contain a list of statements. */
const LISTS = new Set(["Script", "Block", "SwitchBody"]);
const STATEMENT = /(?:Statement|^VariableDeclaration|^ClassDeclaration|^ExportDeclaration)$/;
/** Field values that compute nothing: a call around a function would remove its name. */
const INERT = new Set(["ArrowFunction", "FunctionExpression", "ClassExpression", "Number", "String"]);

/**
 * The edits in the order of their application. `lab` is the name of the object whose functions are called. The first
 * argument is a line: `at` (before a statement or expression), `waits` and `woke` (around an await), `threw`, `made`
 * (around a value that may be an error). `caught` gets only the caught error.
 */
export function instrument(
  tree: Tree,
  text: string,
  lab: string,
  lineAt: (offset: number) => number,
): Edit[] {
  const edits: Edit[] = [];
  const insert = (from: number, what: string) => edits.push({ from, to: from, text: what });
  // Open calls close at the end of their node, the inner one first, before another node starts there.
  const open: { readonly to: number; readonly text: string }[] = [];
  const closeUpTo = (offset: number) => {
    for (let last = open.at(-1); last !== undefined && last.to <= offset; last = open.at(-1)) {
      insert(last.to, last.text);
      open.pop();
    }
  };
  tree.iterate({
    enter({ node }) {
      closeUpTo(node.from);
      const { parent } = node;
      const call = (name: string) => `${lab}.${name}(${lineAt(node.from)}`;
      const wrap = (before: string, after: string) => {
        insert(node.from, before);
        open.push({ to: node.to, text: after });
      };
      if (isListed(node)) insert(node.from, `${call("at")});`);
      else if (isBareBody(node)) wrap(`{${call("at")});`, "}");
      if (isArrowBody(node) || isFieldValue(node)) wrap(`(${call("at")}),`, ")");
      if (parent?.name === "ThrowStatement" && isSame(parent.firstChild?.nextSibling, node))
        wrap(`${call("threw")},(`, "))");
      if (parent?.name === "AwaitExpression" && isSame(parent.lastChild, node))
        wrap(`(${call("waits")}),`, ")");
      if (node.name === "AwaitExpression") wrap(`${call("woke")},`, ")");
      if (makesObject(node, text)) wrap(`${call("made")},`, ")");
      if (node.name !== "Block") return;
      const bound = parent?.name === "CatchClause" ? parent.getChild("VariableDefinition") : null;
      if (bound !== null) insert(node.from + 1, `${lab}.caught(${text.slice(bound.from, bound.to)});`);
      // A block without statements of its own, such as the body of an empty loop.
      if (!hasListed(node)) insert(node.from + 1, `${call("at")});`);
    },
  });
  closeUpTo(text.length);
  return edits;
}

function isListed({ name, parent }: SyntaxNode): boolean {
  return parent !== null && LISTS.has(parent.name) && STATEMENT.test(name);
}

function hasListed(block: SyntaxNode): boolean {
  for (let child = block.firstChild; child !== null; child = child.nextSibling)
    if (isListed(child)) return true;
  return false;
}

/** The body of a loop or a branch without braces of its own. */
function isBareBody(node: SyntaxNode): boolean {
  const { parent, name } = node;
  if (parent === null || name === "Block") return false;
  if (parent.name === "IfStatement") return STATEMENT.test(name) || name === ";";
  if (!LOOPS.has(parent.name)) return false;
  return isSame(parent.name === "DoStatement" ? parent.firstChild?.nextSibling : parent.lastChild, node);
}

function isArrowBody(node: SyntaxNode): boolean {
  return (
    node.parent?.name === "ArrowFunction" && node.name !== "Block" && isSame(node.parent.lastChild, node)
  );
}

function isFieldValue(node: SyntaxNode): boolean {
  const { parent, name } = node;
  return (
    parent?.name === "PropertyDeclaration" &&
    !INERT.has(name) &&
    isSame(parent.getChild("Equals")?.nextSibling, node)
  );
}

/** `new …`, and calls such as `Error("…")`, which make an error without `new`. */
function makesObject(node: SyntaxNode, text: string): boolean {
  if (node.name === "NewExpression") return true;
  const callee = node.name === "CallExpression" ? node.firstChild : null;
  return callee?.name === "VariableName" && text.slice(callee.from, callee.to).endsWith("Error");
}

function isSame(a: SyntaxNode | null | undefined, b: SyntaxNode): boolean {
  return a?.from === b.from && a.to === b.to && a.type === b.type;
}

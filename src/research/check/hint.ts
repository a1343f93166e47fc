// Hints for type errors of a train.ts whose author is used to another library: the call of nn to use instead.
import ts from "typescript";
import { FUNCTIONS, METHODS, OPERATORS, PYTHON, WORDS } from "./habits.ts";

/** The names that train.ts may use. */
export interface Names {
  /** Exports of nn. */
  readonly nn: ReadonlySet<string>;
  /** Members of a tensor. */
  readonly tensor: ReadonlySet<string>;
}

/** A hint for the error at `start`, or "" when none is known. */
export function hintFor(file: ts.SourceFile, start: number, message: string, names: Names): string {
  const node = tokenAt(file, start);
  const line = lineOf(file, start);
  const foreign = /module '(?!nn'|prepare')[^']*'/.test(message);
  if (foreign) return 'train.ts imports "nn" and "prepare" alone; nn spells as PyTorch does';
  const missing = /Cannot find name '(\w+)'/.exec(message)?.[1] ?? "";
  if (Object.hasOwn(PYTHON, missing)) return `write ${PYTHON[missing] ?? ""}`;
  const sliced = /[\w)\]]\[(?:[^\]'"]*:[^\]'"]*\]|\s*\.\.\.\s*,)/.test(line);
  if (sliced && !message.startsWith("Property")) return "a slice is x.narrow(axis, start, length)";
  const product = /([\w.]+|\))\s@\s([\w.]+)/.exec(line);
  if (product) return `write ${product[1] === ")" ? "(…)" : (product[1] ?? "")}.matmul(${product[2] ?? ""})`;
  const operated = operationAt(node);
  if (operated && /operator|arithmetic|comparison/i.test(message)) return operated;
  if (/^Type 'number' is not assignable to type 'Tensor'/.test(message)) return operationIn(node);
  if (/can't be used to index type 'Tensor'/.test(message))
    return "one place of an axis is x.narrow(axis, at, 1)";
  const access = node.parent;
  if (ts.isPropertyAccessExpression(access) && access.name === node) return memberHint(access, names);
  return argumentHint(node, message);
}

function memberHint(access: ts.PropertyAccessExpression, names: Names): string {
  const name = access.name.text;
  const plain = plainOf(name);
  const onModule = /^(?:nn|nn\.functional|F|torch|np|jnp)$/.test(access.expression.getText());
  if (onModule && name === "functional") return "its functions are nn's own and a tensor's methods: x.relu()";
  const called = onModule ? "x" : short(access.expression.getText());
  if (Object.hasOwn(WORDS, plain)) return WORDS[plain] ?? "";
  const table = onModule ? FUNCTIONS : METHODS;
  if (Object.hasOwn(table, plain)) return `write ${table[plain] ?? ""}`;
  const member = [...names.tensor].find((one) => plainOf(one) === plain);
  if (member) return `write ${called}.${member}(…)`;
  const export_ = [...names.nn].find((one) => plainOf(one) === plain);
  if (export_) return `write nn.${export_}(${onModule ? "…" : `${called}, …`})`;
  const other = onModule ? METHODS : FUNCTIONS;
  if (Object.hasOwn(other, plain)) return `write ${other[plain] ?? ""}`;
  return name.endsWith("_") ? `no operation changes a tensor: write x = x.${name.slice(0, -1)}(…)` : "";
}

function operationAt(node: ts.Node): string {
  for (let at: ts.Node | undefined = node; at && !ts.isStatement(at); at = at.parent) {
    const hint = methodFor(at);
    if (hint !== "") return hint;
  }
  return "";
}

/** The method for the first operator of the statement around `node`: an operator makes a number, not a tensor. */
function operationIn(node: ts.Node): string {
  let statement = node;
  while (!ts.isStatement(statement) && !ts.isSourceFile(statement.parent)) statement = statement.parent;
  const search = (at: ts.Node): string =>
    methodFor(at) || (ts.forEachChild(at, (child) => search(child) || undefined) ?? "");
  return search(statement);
}

function methodFor(node: ts.Node): string {
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    return `write ${short(node.operand.getText())}.neg()`;
  }
  if (!ts.isBinaryExpression(node)) return "";
  const method = OPERATORS[node.operatorToken.getText()];
  return method === undefined
    ? ""
    : `write ${short(node.left.getText())}.${method}(${short(node.right.getText())})`;
}

function argumentHint(node: ts.Node, message: string): string {
  let call: ts.Node | undefined = node;
  while (call && !ts.isCallExpression(call)) call = call.parent;
  const callee = call?.expression.getText() ?? "";
  const initial = /^nn\.(zeros|ones)$/.exec(callee)?.[1];
  if (initial)
    return `${callee} fills a parameter: nn.parameter([4, 8], ${callee}); a tensor of it is nn.full([4, 8], ${initial === "zeros" ? 0 : 1})`;
  if (/\{ (?:dim|axis|keepdim|keepdims)\b/.test(message))
    return `arguments have no names: ${short(callee)}(…, axis)`;
  if (/'number\[\]' is not assignable to parameter of type 'number'/.test(message))
    return `sizes are separate arguments: ${short(callee)}(4, 8)`;
  if (/'number' is not assignable to parameter of type 'Shape'/.test(message))
    return "a shape is a list: [4, 8]";
  return "";
}

/** Without case and underscores: `masked_fill` and `maskedFill` are one habit. */
const plainOf = (name: string): string => name.toLowerCase().replace(/(?<=.)_(?=.)/g, "");
const short = (text: string): string => (text.length > 40 || text.includes("\n") ? "(…)" : text);

function lineOf(file: ts.SourceFile, start: number): string {
  const { line } = file.getLineAndCharacterOfPosition(start);
  return file.text.split("\n")[line] ?? "";
}

function tokenAt(file: ts.SourceFile, start: number): ts.Node {
  const within = (node: ts.Node): ts.Node => {
    const child = node.getChildren(file).find((one) => one.getStart(file) <= start && start < one.getEnd());
    return child ? within(child) : node;
  };
  return within(file);
}

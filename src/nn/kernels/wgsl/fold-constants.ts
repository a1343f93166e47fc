// Evaluates integer and boolean constant expressions of WGSL: loop bounds, array sizes, indices.

export type Constants = ReadonlyMap<string, number | boolean>;

const TOKEN = /\s*(?:(\d+)u?(?![\w.])|([A-Za-z_]\w*)|(\|\||&&|==|!=|<=|>=|[-+*/%<>!(),]))/y;
const BINDS: Record<string, number> = {
  "||": 1,
  "&&": 2,
  "==": 3,
  "!=": 3,
  "<": 4,
  ">": 4,
  "<=": 4,
  ">=": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "%": 6,
};

/** The value of `text` under `constants` (u32 arithmetic), or null if it is not constant. */
export function evaluate(text: string, constants: Constants): number | boolean | null {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const source = text.trim();
  while (TOKEN.lastIndex < source.length) {
    const match = TOKEN.exec(source);
    if (match === null) return null;
    tokens.push(match[1] ?? match[2] ?? match[3] ?? "");
  }
  let at = 0;
  const primary = (): number | boolean | null => {
    const token = tokens[at++];
    if (token === undefined) return null;
    if (token === "(") {
      const inner = expression(0);
      return tokens[at++] === ")" ? inner : null;
    }
    if (token === "!") {
      const operand = primary();
      return typeof operand === "boolean" ? !operand : null;
    }
    if (/^\d/.test(token)) return Number(token);
    if (token === "true" || token === "false") return token === "true";
    if ((token === "min" || token === "max") && tokens[at] === "(") {
      at++;
      const a = expression(0);
      if (tokens[at++] !== ",") return null;
      const b = expression(0);
      if (tokens[at++] !== ")" || typeof a !== "number" || typeof b !== "number") return null;
      return Math[token](a, b);
    }
    return constants.get(token) ?? null;
  };
  const expression = (power: number): number | boolean | null => {
    let left = primary();
    for (;;) {
      const operator = tokens[at] ?? "";
      const binds = BINDS[operator] ?? 0;
      if (left === null || binds <= power) return left;
      at++;
      left = apply(operator, left, expression(binds));
    }
  };
  const value = expression(0);
  return at === tokens.length ? value : null;
}

function apply(operator: string, a: number | boolean, b: number | boolean | null): number | boolean | null {
  if (operator === "&&" && (a === false || b === false)) return false;
  if (operator === "||" && (a === true || b === true)) return true;
  if (b === null) return null;
  if (operator === "==") return a === b;
  if (operator === "!=") return a !== b;
  if (typeof a === "boolean" || typeof b === "boolean")
    return operator === "&&" || operator === "||" ? b : null;
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return b === 0 ? null : Math.floor(a / b);
    case "%":
      return b === 0 ? null : a % b;
    case "<":
      return a < b;
    case ">":
      return a > b;
    case "<=":
      return a <= b;
    case ">=":
      return a >= b;
    default:
      return null;
  }
}

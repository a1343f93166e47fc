// The licences whose packages may be part of the corpus: the open-source ones for software, by their SPDX names.

const OPEN = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "MPL-2.0",
  "Python-2.0",
  "Unlicense",
  "W3C",
  "Zlib",
]);

/** Whether an SPDX expression allows it: every part of an AND, or one part of an OR; brackets are supported. */
export function isOpenSource(expression: string): boolean {
  const words = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const any = (): boolean => {
    let value = all();
    while (words[at] === "OR") {
      at++;
      const right = all();
      value = value || right;
    }
    return value;
  };
  const all = (): boolean => {
    let value = one();
    while (words[at] === "AND") {
      at++;
      const right = one();
      value = value && right;
    }
    return value;
  };
  const one = (): boolean => {
    const word = words[at++];
    if (word !== "(") return word !== undefined && OPEN.has(word);
    const value = any();
    return words[at++] === ")" && value;
  };
  const value = any();
  return value && at === words.length;
}

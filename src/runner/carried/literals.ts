// The data of a train.ts besides its code: the text of its strings, templates, regular expressions, property names and
// comments, and its numbers, each in the order of the source.
import { parser } from "@lezer/javascript";

/** Text of the source; character i (a UTF-16 unit) comes from offset `from[i]`. */
export interface Chars {
  readonly text: string;
  readonly from: readonly number[];
}

/** Whole numbers of the source; -1 for any other number. */
export interface Numbers {
  readonly values: readonly number[];
  readonly from: readonly number[];
}

export interface Literals {
  /** The whole source, unchanged. */
  readonly code: Chars;
  /** All string and template literals, regular expressions and property names, one after the other, escapes decoded. */
  readonly strings: Chars;
  readonly comments: Chars;
  readonly numbers: Numbers;
  /** The bytes of integers past 2^53, most significant first. */
  readonly large: Numbers;
}

const typescript = parser.configure({ dialect: "ts" });

export function literalsOf(source: string): Literals {
  const strings = new Collector();
  const comments = new Collector();
  const numbers: Written = { values: [], from: [] };
  const large: Written = { values: [], from: [] };
  typescript.parse(source).iterate({
    enter({ name, from, to, node }) {
      if (name === "String") strings.cooked(source, from + 1, to - 1);
      else if (name === "RegExp" || name === "PropertyDefinition") strings.cooked(source, from, to);
      else if (name === "LineComment" || name === "BlockComment") comments.plain(source, from + 2, to);
      else if (name === "Number") addNumber(source, node.prevSibling?.name === "ArithOp", from, to);
      else if (name === "TemplateString") {
        let at = from + 1;
        for (const hole of node.getChildren("Interpolation")) {
          strings.cooked(source, at, hole.from);
          at = hole.to;
        }
        strings.cooked(source, at, to - 1);
      }
    },
  });
  return { code: charsOf(source), strings: strings.chars(), comments: comments.chars(), numbers, large };

  function addNumber(text: string, signed: boolean, from: number, to: number): void {
    const word = text.slice(from, to).replaceAll("_", "");
    if (word.endsWith("n")) {
      const bytes = bytesOf(BigInt(word.slice(0, -1)));
      large.values.push(...bytes);
      large.from.push(...bytes.map(() => from));
      return;
    }
    const minus = signed && /-\s*$/.test(text.slice(Math.max(0, from - 40), from));
    const value = minus ? -Number(word) : Number(word);
    numbers.values.push(Number.isSafeInteger(value) ? value : -1);
    numbers.from.push(from);
  }
}

interface Written {
  readonly values: number[];
  readonly from: number[];
}

/** Text whose characters are adjacent in the source, from offset `start` on. */
export function charsOf(text: string, start = 0): Chars {
  return { text, from: Array.from({ length: text.length }, (_, i) => start + i) };
}

function bytesOf(value: bigint): number[] {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Array.from({ length: even.length / 2 }, (_, i) => parseInt(even.slice(2 * i, 2 * i + 2), 16));
}

const SIMPLE: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  v: "\v",
  0: "\0",
  "\n": "",
  "\r": "",
  "\r\n": "",
};
const ESCAPE = /\\(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2})|(\r\n|[^]))/giy;

/** Joins pieces of the source and remembers where each character came from. */
class Collector {
  readonly #parts: string[] = [];
  readonly #from: number[] = [];

  chars(): Chars {
    return { text: this.#parts.join(""), from: this.#from };
  }

  plain(source: string, from: number, to: number): void {
    this.#add(source.slice(from, to), from, 1);
  }

  /** Source text between two places with its escapes decoded. */
  cooked(source: string, from: number, to: number): void {
    let at = from;
    while (at < to) {
      const next = source.indexOf("\\", at);
      const end = next < 0 || next >= to ? to : next;
      this.plain(source, at, end);
      if (end === to) return;
      ESCAPE.lastIndex = end;
      const found = ESCAPE.exec(source);
      if (found === null) return; // a backslash that ends the file
      const code = found[1] ?? found[2] ?? found[3];
      const point = code === undefined ? -1 : parseInt(code, 16);
      const rest = found[4] ?? "";
      if (point < 0) this.#add(SIMPLE[rest] ?? rest, end, 0);
      else if (point <= 0x10ffff) this.#add(String.fromCodePoint(point), end, 0);
      at = end + found[0].length;
    }
  }

  #add(text: string, from: number, step: 0 | 1): void {
    this.#parts.push(text);
    for (let i = 0; i < text.length; i++) this.#from.push(from + step * i);
  }
}

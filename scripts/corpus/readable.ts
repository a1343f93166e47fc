// Separates text that people write and read from machine-made text: minified code, tables, encoded data, repetition.

/** Extensions of sources and documentation. */
const TEXT = /\.(md|markdown|[cm]?[jt]s|[jt]sx)$/i;
/** File names of machine-made files (dotjs: compiled templates), of copies, and of files that every package has. */
const UNWANTED =
  /[.-](min|umd|iife|standalone|production|prod|bundle)\b|(^|\/)(dotjs\/|licen[cs]e|copying|notice|third.?party)/i;
const GENERATED =
  /@generated\b|auto.?generated|automatically generated|do not (edit|modify)|generated (by|from|with)/i;
/** ASCII control characters except white space; those from 0x80 on do occur in sources. */
const CONTROL = /(?![\t\n\r\u0080-\u009f])\p{Cc}/u;

/** The reason to skip a file because of its path, or null. */
export function unwantedPath(path: string): string | null {
  if (!TEXT.test(path)) return "other kind of file";
  return UNWANTED.test(path) ? "unwanted by name" : null;
}

/** Decodes a file's text, with Unix line ends and without byte order mark; null when it is not UTF-8 or not text. */
export function decodeText(bytes: Uint8Array): string | null {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null; // a file that is not UTF-8 is an expected case
  }
  if (CONTROL.test(text)) return null;
  text = text.replace(/\r\n?/g, "\n").replace(/^\s*\/\/[#@] source(MappingURL|URL)=.*$/gm, "");
  return `${text.trim()}\n`;
}

/** The reason why a file is not text for people, or null. */
export function unreadableFile(path: string, text: string): string | null {
  if (text.length < 300) return "short";
  if (GENERATED.test(text.slice(0, 1500))) return "generated";
  if (/sourceMappingURL=data:/.test(text)) return "generated";
  return unreadable(text, /\.(md|markdown)$/i.test(path));
}

/** The reason why a piece of text is not for people, or null. Prose may have long lines. */
export function unreadable(text: string, prose: boolean): string | null {
  const lines = text.split("\n");
  let longest = 0;
  let inLong = 0;
  let counted = 0;
  const distinct = new Set<string>();
  for (const line of lines) {
    longest = Math.max(longest, line.length);
    if (line.length > 180) inLong += line.length;
    const bare = line.trim();
    if (bare.length < 12) continue;
    counted++;
    distinct.add(bare);
  }
  if (longest > (prose ? 3000 : 1000)) return "long lines";
  if (!prose && inLong > text.length * 0.15) return "long lines";
  if (counted > 40 && distinct.size < counted * 0.5) return "repeated lines";

  let letters = 0;
  let digits = 0;
  let visible = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c <= 32) continue;
    visible++;
    if ((c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c >= 128) letters++;
    else if (c >= 48 && c <= 57) digits++;
  }
  if (digits > visible * 0.2) return "table of numbers";
  if (letters < visible * 0.5) return "few words";

  const words = text.match(/[A-Za-z_$][\w$]*/g) ?? [];
  let single = 0;
  let huge = 0;
  for (const word of words) {
    if (word.length === 1) single++;
    if (word.length > 60) huge += word.length;
  }
  if (!prose && words.length > 100 && single > words.length * 0.3) return "mangled names";
  if (huge > text.length * 0.05) return "encoded data";
  return null;
}

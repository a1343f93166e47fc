// Reads documents from lines of JSON, in pieces; a line may span pieces. Accepts the line ends of all systems.
import { LabError } from "../../error.ts";
import { withoutMarks } from "./text-reader.ts";

/** Maximum length of a line, in UTF-16 units. */
const MAX_LINE = 64 << 20;

/** Whether a file of this name holds one JSON value per line. */
export const isJsonLines = (name: string): boolean => /\.(jsonl|ndjson)$/i.test(name);

export class JsonLines {
  readonly #name: string;
  #rest = "";
  #line = 0;
  #skipped = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Number of lines whose text was null, missing or blank. */
  get skipped(): number {
    return this.#skipped;
  }

  /** The documents whose lines end in this piece. Throws LabError "corpus" that names the first invalid line. */
  take(piece: string, last: boolean): string[] {
    const text = this.#rest + piece;
    // The line feed of a carriage return may be in the next piece.
    const whole = !last && text.endsWith("\r") ? text.slice(0, -1) : text;
    const lines = whole.split(/\r\n|\n|\r/);
    this.#rest = last ? "" : (lines.pop() ?? "") + text.slice(whole.length);
    if (this.#rest.length > MAX_LINE) {
      throw new LabError("corpus", {
        what: `${this.#name} line ${this.#line + 1} is too long`,
        got: `over ${MAX_LINE >> 20} million characters`,
      });
    }
    const documents: string[] = [];
    for (const line of lines) {
      this.#line++;
      if (line.trim() === "") continue;
      const document = this.#document(line);
      if (document === null || document.trim() === "") this.#skipped++;
      else documents.push(document);
    }
    return documents;
  }

  #document(line: string): string | null {
    const value = this.#parsed(line);
    if (typeof value === "string") return withoutMarks(value);
    if (value === null) return null;
    if (typeof value === "object" && !Array.isArray(value)) {
      const { text = null, content = null } = value as { text?: unknown; content?: unknown };
      if (typeof text === "string") return withoutMarks(text);
      if (typeof content === "string") return withoutMarks(content);
      if (text === null && content === null) return null;
    }
    throw new LabError("corpus", {
      what: `${this.#name} line ${this.#line} has no text`,
      got: start(line),
      expected: 'a JSON object with a string "text" or "content", or a JSON string',
    });
  }

  #parsed(line: string): unknown {
    try {
      return JSON.parse(line) as unknown;
    } catch (cause) {
      throw new LabError("corpus", {
        what: `${this.#name} line ${this.#line} is not JSON`,
        got: start(line),
        expected: 'a JSON object with a string "text" or "content", or a JSON string',
        hint: (cause as SyntaxError).message,
        cause,
      });
    }
  }
}

const start = (line: string): string => (line.length > 40 ? `"${line.slice(0, 40)}…"` : `"${line}"`);

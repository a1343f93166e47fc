// Reads the text column of a Parquet file, one row group at a time, as JSON lines: a string or null for each row.
import type { AsyncBuffer, FileMetaData, SchemaElement } from "hyparquet";
import { LabError, messageOf } from "../../error.ts";

type PageInflate = InstanceType<(typeof import("pako"))["default"]["Inflate"]>;

/** Limits of a row group, whose rows are in memory at once: rows, and bytes of its text. */
const MAX_ROWS = 1 << 24;
const MAX_GROUP = 512 << 20;

/** Bytes of a piece. */
const PIECE = 4 << 20;

/** Some of the lines. */
export interface Lines {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Packed bytes that were read for it. */
  readonly packed: number;
}

/** Another way to read a file, as in a worker; see parquetLines. */
export type ReadParquet = (name: string, file: Blob, signal?: AbortSignal) => AsyncIterable<Lines>;

/** JSON lines in pieces. Throws LabError "corpus" for a file that is damaged or has no text column. */
export async function* parquetLines(name: string, file: Blob): AsyncGenerator<Lines> {
  const { parquetMetadataAsync, parquetRead } = await import("hyparquet");
  const buffer: AsyncBuffer = {
    byteLength: file.size,
    slice(start, end = file.size) {
      if (!(start >= 0 && start <= end && end <= file.size))
        throw new RangeError(`a part from ${start} to ${end} of ${file.size} bytes`);
      return file.slice(start, end).arrayBuffer();
    },
  };
  const metadata = await parquetMetadataAsync(buffer).catch((cause: unknown) => {
    throw unreadable(name, cause);
  });
  const column = textColumn(name, metadata);
  const compressors = await decompressors(name, metadata, column);
  const encoder = new TextEncoder();
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema.join(".") === column);
    const bytes = Number(chunk?.meta_data?.total_uncompressed_size ?? 0);
    if (rows > MAX_ROWS || bytes > MAX_GROUP) {
      throw new LabError("corpus", {
        what: `${name} has a row group that is too large`,
        got: `${rows.toLocaleString("en")} rows of ${Math.ceil(bytes / 2 ** 20)} MiB`,
        expected: `at most ${MAX_ROWS.toLocaleString("en")} rows and ${MAX_GROUP >> 20} MiB`,
        hint: "write it with smaller row groups",
      });
    }
    let packed = Number(chunk?.meta_data?.total_compressed_size ?? 0);
    let found: readonly (readonly unknown[])[] = [];
    try {
      await parquetRead({
        file: buffer,
        metadata,
        columns: [column],
        rowStart,
        rowEnd: rowStart + rows,
        compressors,
        onComplete: (read) => {
          found = read;
        },
      });
    } catch (cause) {
      throw unreadable(name, cause);
    }
    let lines = "";
    for (const [value] of found) {
      lines += `${JSON.stringify(typeof value === "string" ? value : null)}\n`;
      if (lines.length < PIECE) continue;
      yield { bytes: encoder.encode(lines), packed };
      [lines, packed] = ["", 0];
    }
    yield { bytes: encoder.encode(lines), packed };
    rowStart += rows;
  }
}

/** The column of strings named text or content, or the only one. */
function textColumn(name: string, { schema }: FileMetaData): string {
  const columns = topLevel(schema);
  const strings = columns.filter(isText).map((column) => column.name);
  const found = ["text", "content"].find((one) => strings.includes(one));
  if (found !== undefined) return found;
  if (strings.length === 1) return strings[0];
  const listed = columns.slice(0, 12).map((column) => `${column.name} (${typeOf(column)})`);
  throw new LabError("corpus", {
    what: `${name} has no text column`,
    got: listed.length === 0 ? "no columns" : listed.join(", ") + (columns.length > 12 ? " and more" : ""),
    expected: 'a column of strings named "text" or "content", or only one',
  });
}

/** The elements directly below the root; a schema lists each element before its children. */
function topLevel(schema: readonly SchemaElement[]): SchemaElement[] {
  const found: SchemaElement[] = [];
  const skip = (at: number): number => {
    let next = at + 1;
    for (let i = 0; i < (schema[at]?.num_children ?? 0); i++) next = skip(next);
    return next;
  };
  for (let at = 1; at < schema.length; at = skip(at)) found.push(schema[at]);
  return found;
}

function isText({ type, repetition_type, converted_type, logical_type }: SchemaElement): boolean {
  if (type !== "BYTE_ARRAY" || repetition_type === "REPEATED") return false;
  return converted_type === "UTF8" || logical_type?.type === "STRING";
}

const typeOf = ({ type, converted_type, num_children }: SchemaElement): string =>
  (num_children ?? 0) > 0 ? "nested" : (converted_type ?? type ?? "unknown");

/** Codecs beside those of hyparquet, loaded when the column uses them. */
async function decompressors(name: string, { row_groups }: FileMetaData, column: string) {
  const used = new Set(
    row_groups.flatMap(({ columns }) =>
      columns.flatMap(({ meta_data }) =>
        meta_data?.path_in_schema.join(".") === column ? [meta_data.codec] : [],
      ),
    ),
  );
  for (const codec of used) {
    if (["UNCOMPRESSED", "SNAPPY", "ZSTD", "GZIP"].includes(codec)) continue;
    throw new LabError("corpus", {
      what: `${name} is compressed with ${codec}`,
      expected: "snappy, zstd, gzip or none",
      hint: "write it again with one of these",
    });
  }
  const zstd = used.has("ZSTD") ? (await import("fzstd")).decompress : null;
  const pako = used.has("GZIP") ? (await import("pako")).default : null;
  return {
    ...(zstd && { ZSTD: (input: Uint8Array, length: number) => zstd(input, new Uint8Array(length)) }),
    ...(pako && {
      GZIP: (input: Uint8Array, length: number) => inflatePage(new pako.Inflate(), input, length),
    }),
  };
}

/** A page of a known size: one that unpacks to more is stopped there. */
function inflatePage(inflate: PageInflate, input: Uint8Array, length: number): Uint8Array {
  const page = new Uint8Array(length);
  let filled = 0;
  inflate.onData = (chunk) => {
    page.set(chunk, filled); // throws beyond the end
    filled += chunk.length;
  };
  inflate.onEnd = (status) => {
    if (status !== 0) throw new RangeError("a page is not gzip");
  };
  inflate.push(input, false);
  if (filled !== length) throw new RangeError(`a page has ${filled} bytes, its header says ${length}`);
  return page;
}

function unreadable(name: string, cause: unknown): LabError {
  return new LabError("corpus", {
    what: `${name} is damaged or not a Parquet file`,
    got: messageOf(cause).slice(0, 200),
    cause,
  });
}

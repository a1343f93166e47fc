// The metrics against their plain definitions, and the reading of Parquet.
import { describe, expect, it } from "vitest";
import { uniform } from "../../random.ts";
import { readTable } from "./read.ts";
import { rowScores } from "./scores.ts";

const random = uniform("scores.test");
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe("1 − AUC", () => {
  const labels = Array.from({ length: 60 }, () => (random() < 0.3 ? 1 : 0));
  // Rounded, so that there are ties.
  const predictions = labels.map((label) => Math.round(10 * (0.3 * label + 0.7 * random())) / 10);
  const wrong = (i: number, j: number) =>
    predictions[i] < predictions[j] ? 1 : predictions[i] === predictions[j] ? 0.5 : 0;
  const of = (label: number) => labels.flatMap((one, i) => (one === label ? [i] : []));
  const [negatives, positives] = [of(0), of(1)];
  const { score, rows } = rowScores("1 − AUC", labels, predictions);

  it("is the share of pairs in the wrong order, and the mean of its rows", () => {
    const pairs = positives.flatMap((i) => negatives.map((j) => wrong(i, j)));
    expect(score).toBeCloseTo(sum(pairs) / pairs.length, 12);
    expect(sum(rows) / rows.length).toBeCloseTo(score, 12);
  });

  it("has the variance of DeLong", () => {
    const variance = (values: readonly number[]) =>
      sum(values.map((value) => (value - score) ** 2)) / values.length ** 2;
    const shares = [
      positives.map((i) => sum(negatives.map((j) => wrong(i, j))) / negatives.length),
      negatives.map((j) => sum(positives.map((i) => wrong(i, j))) / positives.length),
    ];
    expect(variance(rows)).toBeCloseTo(variance(shares[0]) + variance(shares[1]), 12);
  });

  it("is 0 for the right order, 1 for the other way round, a half for one prediction", () => {
    expect(rowScores("1 − AUC", [0, 1, 1], [0.1, 0.2, 0.3]).score).toBe(0);
    expect(rowScores("1 − AUC", [0, 1, 1], [0.3, 0.2, 0.1]).score).toBe(1);
    expect(rowScores("1 − AUC", [0, 1, 1], [0.3, 0.3, 0.3]).score).toBe(0.5);
  });
});

describe("the other metrics", () => {
  it("are their definitions, and the means of their rows", () => {
    expect(rowScores("log loss", [1, 0], [0.25, 0.5]).score).toBeCloseTo(1.5 * Math.LN2, 12);
    expect(rowScores("mean absolute error", [1, 2], [2, 5]).score).toBe(2);
    const { score, rows } = rowScores("RMSE", [1, 2, 3], [2, 5, 3]);
    expect(score).toBeCloseTo(Math.sqrt(10 / 3), 12);
    expect(sum(rows) / 3).toBeCloseTo(score, 12);
    expect(rowScores("RMSE", [1, 2], [1, 2])).toEqual({ score: 0, rows: [0, 0] });
  });

  it("do not let one certain error decide", () => {
    expect(rowScores("log loss", [1], [0]).score).toBeCloseTo(-Math.log(1e-4), 12);
  });
});

describe("a Parquet file", () => {
  it("has numbers, dates, texts, booleans and gaps", async () => {
    const table = await readTable({
      name: "t.parquet",
      bytes: Uint8Array.from(Buffer.from(PARQUET, "base64")),
    });
    expect(Object.fromEntries(table.columns.map(({ name, cells }) => [name, cells]))).toEqual({
      day: [
        "1970-01-01T00:00:00.000Z",
        "1970-01-02T00:00:00.000Z",
        "1970-01-03T00:00:00.000Z",
        "1970-01-04T00:00:00.000Z",
      ],
      count: [1, 2, null, 4],
      size: [0.5, 1.5, null, 2.5],
      plan: ["a", "b", "a", null],
      left: ["true", "false", "true", "false"],
    });
  });
});

/** Five columns of four rows, written by hyparquet-writer. */
const PARQUET =
  "UEFSMRUGFUQVOlwVCBUAFQgVABUEFQAAAAMPIAAAEQEIXCYFBQs4uEwKAAAAAAAUcw8AAAAAFQYVNBUsXBUIFQIVCBUAFQQVAAAAAwsYBAEACQEAAgkHIAAEAAAAAAAAABUGFUQVNlwVCBUAFQgVABUEFQAAAAMPIAAABQEE4D8FBwQA+BEIIH8AAAAAAAAEQBUGFSoVLlwVCBUAFQgVABUEFQAAAAMPE0gBAAAAYQEAAABiAQAAAGEAAAAAFQYVBhUKXBUIFQAVCBUAFQQVAAAAAw8BAAUVBBlsSARyb290FQoAFQQlAhgDZGF5JRIAFQQlAhgFY291bnQAFQolAhgEc2l6ZQAVDCUCGARwbGFuJQAAFQAlAhgEbGVmdAAWCBkcGVwmCBwVBBkVABkYA2RheRUCFggWbhZkJgg8NgAoCAAUcw8AAAAAGAgAAAAAAAAAAAAZHBUGFQAVAgAAACZsHBUEGRUAGRgFY291bnQVAhYIFl4WViZsPDYCKAgEAAAAAAAAABgIAQAAAAAAAAAAGRwVBhUAFQIAAAAmwgEcFQoZFQAZGARzaXplFQIWCBZuFmAmwgE8NgAoCAAAAAAAAARAGAgAAAAAAADgPzYCABkcFQYVABUCAAAAJqICHBUMGRUAGRgEcGxhbhUCFggWVBZYJqICPDYAKAFiGAAAGRwVBhUAFQIAAAAm+gIcFQAZFQAZGARsZWZ0FQIWCBYwFjQm+gI8NgAoAQEYAQAAGRwVBhUAFQIAAAAWvgMWCDamAwAoCWh5cGFycXVldBlcHAAAHAAAHAAAHAAAHAAAAIsBAABQQVIx";

// Finds the author's names of the parts that the seed calls `query`, `up` or `head`, by the use of each part.
import { Memo } from "../../../memo.ts";
import { tokensOf } from "./tokens.ts";

/** The source's name for each of the seed's names. */
export type Names = ReadonlyMap<string, string>;

/** Tokens that identify a field, joined by spaces; each group is named as the seed names the field. */
const SIGNS: readonly RegExp[] = [
  /\. matmul \( this \. (?<up>\w+) \) (?:\. \w+ \( \) )+\. matmul \( this \. (?<down>\w+) \)/,
  /nn \. rope \( \w+ \( \w+ \. matmul \( this \. (?<query>\w+) \) \) .*?nn \. rope \( \w+ \( \w+ \. matmul \( this \. (?<key>\w+) \) \)/,
  /const \w+ = \w+ \( \w+ \. matmul \( this \. (?<value>\w+) \) \)/,
  /nn \. attention \( [^)]*\) \. view \( [^)]*\) \. matmul \( this \. (?<out>\w+) \)/,
  /nn \. embedding \( this \. (?<embed>\w+) ,/,
  /nn \. rmsNorm \( \w+ \) \. matmul \( this \. (?<head>\w+) \)/,
  /for \( const \w+ of this \. (?<blocks>\w+) \)/,
  /\w+ \. add \( this \. (?<attention>\w+) \. forward \( nn \. rmsNorm \( \w+ \) \) \) .*?\. add \( this \. (?<mlp>\w+) \. forward/,
];

const known = new Memo<Names>(300);

/** Only fields whose names differ from the seed's. A name that the source uses for something else is left alone. */
export function namesIn(source: string): Names {
  return known.get(source, () => {
    const text = tokensOf(source)
      .map((token) => token.text)
      .join(" ");
    const found = SIGNS.flatMap((sign) => Object.entries(sign.exec(text)?.groups ?? {}));
    return new Map(found.filter(([seed, own]) => seed !== own && !new RegExp(`\\. ${seed}\\b`).test(text)));
  });
}

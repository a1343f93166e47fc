// Groups packages into families. A family stays in one split, because its members quote, wrap and copy one another.

/** Families that scopes and prefixes do not show. The first match counts. */
const KNOWN: readonly [RegExp, string][] = [
  [/^@(codemirror|lezer|marijn)\/|^(crelt|style-mod|w3c-keyname)$/, "codemirror"],
  [/eslint|^(espree|esquery|estraverse|esrecurse|esutils|acorn.*|ts-api-utils|@types\/es.*)$/, "eslint"],
  [/babel|^(browserslist|caniuse-lite|electron-to-chromium|update-browserslist-db|node-releases)$/, "babel"],
  [/redux|^(immer|reselect)$/, "redux"],
  [/react|^(scheduler|use-sync-external-store|hermes-.*)$/, "react"],
  [/^(@types\/)?d3-|^(internmap|victory-vendor|recharts)$/, "charts"],
  [/playwright/, "playwright"],
  [
    /vite|rolldown|^(chai|@types\/chai|tiny.*|std-env|expect-type|pathe|assertion-error|@types\/deep-eql)$/,
    "vite",
  ],
  [/^(@?cacheable|@?keyv|hookified|hashery|qified|flat-cache|file-entry-cache)(\/|$)/, "cacheable"],
  [/source-?map|^(@jridgewell\/.*|magic-string)$/, "source-map"],
  [/^(minimatch|picomatch|@isaacs\/.*|brace-expansion|balanced-match|glob.*|is-glob|fdir)$/, "glob"],
  [/^(isomorphic-git|@isomorphic-git\/.*|pako|sha\.js|crc-32|diff3)$/, "git"],
  [/^(typescript|@typescript\/.*|tsx|sucrase|ts-interface-checker|esbuild)$/, "typescript"],
];

/** The family of a package: a known one, else its scope, else the first word of its name. `@types/x` belongs to x. */
export function familyOf(name: string): string {
  for (const [pattern, family] of KNOWN) if (pattern.test(name)) return family;
  const bare = name.replace(/^@types\//, "");
  const scope = /^@([^/]+)\//.exec(bare);
  return (scope?.[1] ?? bare).split(/[-.]/)[0] ?? bare;
}

// The selection, as the part of the page's address after `#`: `#nov20/17`, and `#nov20/17~12` for two experiments
// beside each other. It can be a bookmark, or be sent to a person with the same study.

export interface Address {
  readonly study: string;
  readonly number: number;
  /** The experiment it is compared with. */
  readonly compared: number | null;
}

/** Reads `location.hash`; null when it names no experiment. */
export function parseAddress(hash: string): Address | null {
  const found = /^#(.+)\/(\d{1,7})(?:~(\d{1,7}))?$/.exec(hash);
  const study = found?.[1] === undefined ? null : decoded(found[1]);
  if (found === null || study === null) return null;
  const compared = found[3] === undefined || found[3] === found[2] ? null : Number(found[3]);
  return { study, number: Number(found[2]), compared };
}

/** The hash that `parseAddress` reads; starts with `#`. */
export function addressOf({ study, number, compared }: Address): string {
  return `#${encodeURIComponent(study)}/${number}${compared === null ? "" : `~${compared}`}`;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null; // not written by this page
  }
}

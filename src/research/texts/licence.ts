// The licence of a data set, as its host names it.
import { EXAMPLES } from "../contract/example-texts.ts";
import { factsAddress } from "./address.ts";

/** Null where the host does not say, or cannot be asked: a licence is shown, and nothing depends on it. */
export async function licenceOf(url: string, signal: AbortSignal): Promise<string | null> {
  const example = EXAMPLES.find((one) => one.url === url);
  if (example !== undefined) return example.licence;
  const facts = factsAddress(url);
  if (facts === null) return null;
  try {
    const answer = await fetch(facts, { credentials: "omit", referrerPolicy: "no-referrer", signal });
    if (!answer.ok) return null;
    const { cardData } = (await answer.json()) as { cardData?: { license?: unknown } };
    const licence = cardData?.license;
    if (typeof licence === "string") return licence.slice(0, 80);
    return Array.isArray(licence)
      ? licence
          .filter((one) => typeof one === "string")
          .join(", ")
          .slice(0, 80)
      : null;
  } catch {
    return null;
  }
}

// The engine that this page computes with. It is chosen by the link that `npm run engine` prints (behind the #, so that the
// token reaches no server) or in the form, and takes effect as the page loads, with its content policy.
import { LabError } from "../../error.ts";
import type { RemoteEngine } from "../../runner/index.ts";
import { readEngine, writeEngine } from "../contract/engine-setting.ts";
import { sentence } from "../contract/schema.ts";

/** The headless lab writes it too (scripts/lab/drive.ts). */
const STORED = "overnight:engine";
let chosen: RemoteEngine | null = null;

/** The engine of this page; null: this browser's. */
export const chosenEngine = (): RemoteEngine | null => chosen;

/** Stores the choice for the next load of the page. Throws LabError `value`. */
export function chooseEngine(text: string, storage: Pick<Storage, "setItem" | "removeItem">): void {
  const engine = readEngine(text);
  if (engine === null) storage.removeItem(STORED);
  else storage.setItem(STORED, writeEngine(engine));
}

/** The address without the part that names an engine, and that part; null: there is none. */
export function engineInAddress(href: string): { readonly text: string; readonly clean: string } | null {
  const { pathname, search, hash } = new URL(href);
  const parts = hash.slice(1).split("&");
  const found = parts.find((part) => part.startsWith("engine="));
  if (found === undefined) return null;
  const rest = parts.filter((part) => part !== found).join("&");
  return {
    text: found.slice("engine=".length),
    clean: `${pathname}${search}${rest === "" ? "" : `#${rest}`}`,
  };
}

/** Stores the engine of the address, if there is one, and fixes the page's engine. Returns one line for a wrong address. */
export function takeEngine(
  href: string,
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">,
  replace: (clean: string) => void,
): string | null {
  const link = engineInAddress(href);
  let ignored: string | null = null;
  if (link !== null) {
    replace(link.clean);
    ignored = refused(() => {
      chooseEngine(link.text, storage);
    });
  }
  chosen = null;
  // A stored text that is no engine is this browser's: it was not written by this lab.
  refused(() => (chosen = readEngine(storage.getItem(STORED) ?? "")));
  return ignored === null ? null : `engine: ${ignored}`;
}

function refused(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== "value") throw error;
    return sentence(error);
  }
}

// Settings of the page that must be stored before it loads: it fixes its content policy while it loads, so it must know by
// then which hosts it may reach.
import type { Page } from "@playwright/test";

/** The key under which the page stores where its engine is. */
export const ENGINE_KEY = "overnight:engine";

/** Puts these entries into the page's localStorage; call it before the page is opened. */
export async function storeBeforeLoad(page: Page, entries: Readonly<Record<string, string>>): Promise<void> {
  await page.addInitScript((stored) => {
    if (!location.protocol.startsWith("http") || window.origin === "null") return;
    for (const [name, text] of Object.entries(stored)) localStorage.setItem(name, text);
  }, entries);
}

// The experiments of each study that the reader pinned to the top of the list, in the browser's storage.

import { keepText, type DraftStore } from "./drafts.ts";

const key = (study: string) => `overnight:pins:${study}`;

/** Numbers in the order they were pinned. */
export function readPins(store: Pick<DraftStore, "getItem">, study: string): readonly number[] {
  return (store.getItem(key(study)) ?? "")
    .split(",")
    .filter((text) => /^\d+$/.test(text))
    .map(Number);
}

/** Keeps the pins, or deletes them when there are none. False: the browser's storage refused. */
export function keepPins(store: DraftStore, study: string, pins: readonly number[]): boolean {
  return keepText(store, key(study), pins.length === 0 ? null : pins.join());
}

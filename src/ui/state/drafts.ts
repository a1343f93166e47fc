// A draft is text that the lab does not have yet. It is kept in local storage, so that a closed tab loses nothing, and
// it holds the text it was based on, so that the page can warn when the saved text has changed.

export interface Draft {
  readonly text: string;
  /** The saved text the draft started from. */
  readonly base: string;
  /** Of train.ts: the experiment whose text `base` is, when it was not the incumbent. */
  readonly fork?: { readonly study: string; readonly number: number };
}

/** The storage of drafts, such as `localStorage`. */
export type DraftStore = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const key = (name: string) => `overnight:draft:${name}`;

/** The draft kept under a name, or null when there is none or it cannot be read. */
export function readDraft(store: DraftStore, name: string): Draft | null {
  const json = store.getItem(key(name));
  if (json === null) return null;
  const value = parse(json);
  if (typeof value !== "object" || value === null) return null;
  const { text, base, fork } = value as Partial<Draft>;
  if (typeof text !== "string" || typeof base !== "string") return null;
  return { text, base, ...(isFork(fork) ? { fork } : {}) };
}

function isFork(value: Draft["fork"]): value is NonNullable<Draft["fork"]> {
  return typeof value?.study === "string" && Number.isInteger(value.number);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null; // not written by this page: no draft to restore
  }
}

/** Keeps a draft, or deletes it when it equals its base and is no fork. False: the browser's storage refused. */
export function keepDraft(store: DraftStore, name: string, draft: Draft): boolean {
  const idle = draft.text === draft.base && draft.fork === undefined;
  return keepText(store, key(name), idle ? null : JSON.stringify(draft));
}

/** Keeps a small text under a key, or deletes it (null). False: the browser's storage refused. */
export function keepText(store: DraftStore, name: string, text: string | null): boolean {
  try {
    if (text === null) store.removeItem(name);
    else store.setItem(name, text);
    return true;
  } catch {
    return false; // full or forbidden: the page then warns that the draft is in this tab only
  }
}

/** The draft that an editor opens with: a stored draft, or else the saved text. */
export function openText(draft: Draft | null, saved: string): Draft {
  return draft === null || draft.text === saved ? { text: saved, base: saved } : draft;
}

type DraftState = "clean" | "unsaved" | "moved";

/** `moved`: unsaved, and the saved text has changed since the draft began. */
export function draftState(draft: Draft, saved: string): DraftState {
  if (draft.text === saved) return "clean";
  if (draft.base === saved) return "unsaved";
  // The base of a fork differs from the saved text on purpose.
  if (draft.fork !== undefined) return draft.text === draft.base ? "clean" : "unsaved";
  return draft.text === draft.base ? "clean" : "moved";
}

interface Edited {
  /** The texts that are saved. */
  readonly lab: { readonly program: string; readonly incumbentSource: string } | null;
  readonly drafts: { readonly program: Draft; readonly train: Draft };
}

/** Whether an editor holds unsaved text. */
export function isDirty({ lab, drafts }: Edited, name: keyof Edited["drafts"]): boolean {
  if (lab === null) return false;
  return draftState(drafts[name], name === "program" ? lab.program : lab.incumbentSource) !== "clean";
}

/** How an editor follows a newly saved text: an untouched draft adopts it, a touched one or a fork is never overwritten. */
export function follow(draft: Draft, saved: string): Draft {
  const untouched = draft.text === draft.base && draft.fork === undefined;
  return untouched || draft.text === saved ? { text: saved, base: saved } : draft;
}

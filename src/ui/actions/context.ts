// Hooks by which components reach the page's store and its actions, and the parts of the page that are loaded late.

import { createContext, lazy, useContext, type ComponentType } from "react";
import { useStore } from "zustand";
import type { ArenaView, LabState } from "../../research/index.ts";
import { arenaOnPage } from "./conditions.ts";
import { perform } from "./first.ts";
import type { Action, ActionContext } from "./action.ts";
import type { PageState } from "../state/store.ts";

export const PageContext = createContext<ActionContext | null>(null);

/** A part of the page that is loaded, with all actions, when it is first drawn. */
export function lazyPart<Props extends object>(
  load: () => Promise<{ readonly default: ComponentType<Props> }>,
) {
  return lazy(async () => {
    const [part] = await Promise.all([load(), import("./registry.ts")]);
    return part;
  });
}

export function useActions(): ActionContext {
  const context = useContext(PageContext);
  if (context === null) throw new RangeError("a component stands outside the page");
  return context;
}

export function usePage<T>(select: (page: PageState) => T): T {
  return useStore(useActions().page, select);
}

/** A part of the lab's snapshot, or the fallback before the first one. */
export function useLab<T>(select: (lab: LabState) => T, fallback: T): T {
  return usePage((page) => (page.lab === null ? fallback : select(page.lab)));
}

/** The arena of the study on the page, or of the one that Start would begin: its words. */
export const useArena = (): ArenaView => usePage(arenaOnPage);

interface BoundAction {
  readonly label: string;
  readonly available: boolean;
  readonly pending: boolean;
  readonly failure: string | null;
  /** Why it is not available; null: it is, or there is nothing to say. */
  readonly why: string | null;
  readonly keys: string | undefined;
  run(): void;
}

/** An action of the registry with its present state. */
export function useAction(action: Action): BoundAction {
  const context = useActions();
  const label = usePage(action.label);
  const available = usePage(action.available);
  const why = usePage((page) => (action.available(page) ? null : (action.why?.(page) ?? null)));
  const pending = usePage((page) => page.pending[action.id] === true);
  const failure = usePage((page) => page.failures[action.id] ?? null);
  return {
    label,
    available,
    pending,
    failure,
    why,
    keys: action.keys,
    run: () => void perform(action, context),
  };
}

// Commands to the lab about researchers: each control has its own busy state and its own error.

import { useState } from "react";
import type { ModelsAnswer, ModelsCommand } from "../../research/index.ts";
import { useActions } from "../actions/context.ts";
import { lineOf } from "../state/format.ts";

export interface Asking {
  readonly busy: boolean;
  readonly failure: string | null;
  /** The answer, or undefined when it failed: then `failure` says why. */
  ask(command: ModelsCommand): Promise<ModelsAnswer | undefined>;
}

export function useAsk(): Asking {
  const { client } = useActions();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const ask = async (command: ModelsCommand) => {
    setBusy(true);
    setFailure(null);
    try {
      return await client.models(command);
    } catch (error) {
      setFailure(lineOf(error));
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  return { busy, failure, ask };
}

export const dollars = (amount: number): string => `$${amount.toFixed(amount !== 0 && amount < 0.1 ? 4 : 2)}`;

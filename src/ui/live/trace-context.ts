// The page's one live trace, fed by the client's hot channel.

import { createContext, useContext } from "react";
import { LossTrace } from "./loss-trace.ts";

export const TraceContext = createContext(new LossTrace());

export function useTrace(): LossTrace {
  return useContext(TraceContext);
}

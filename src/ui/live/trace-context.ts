// The one live trace of the page. It is fed by the client's hot channel for as long as the page lives.

import { createContext, useContext } from "react";
import { LossTrace } from "./loss-trace.ts";

export const TraceContext = createContext(new LossTrace());

export function useTrace(): LossTrace {
  return useContext(TraceContext);
}

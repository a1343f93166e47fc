// The research: the loop that proposes, runs, judges and remembers; the verdict; the notebook; and the worker all of
// it lives in. The page imports this file's types and page/client.ts, and nothing else of the lab: snapshots come in a
// few times a second, hot loss points on a channel of their own, commands go out and are answered.
export type * from "./contract/lab-state.ts";

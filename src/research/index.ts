// The research: the loop that proposes, runs, judges and remembers; the verdict; the notebook; and the worker that runs
// them. The page imports only this file's types and page/client.ts: it receives snapshots a few times a second and loss
// points on a channel of their own, and sends commands, which the lab answers.
export type * from "./contract/lab-state.ts";

// What the reference of an operation looks like: float64 arrays in, float64 arrays out, written for being read.

import type { Node } from "../graph/graph.ts";

export type ReferenceFunction = (inputs: readonly Float64Array[], node: Node) => Float64Array[];
export type ReferenceTable = Readonly<Record<string, ReferenceFunction>>;

// The type of a reference operation: float64 arrays in, float64 arrays out. Written for readability, not for speed.

import type { Node } from "../graph/graph.ts";

export type ReferenceFunction = (inputs: readonly Float64Array[], node: Node) => Float64Array[];
export type ReferenceTable = Readonly<Record<string, ReferenceFunction>>;

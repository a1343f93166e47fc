// Test cases of all operations: odd sizes, broadcasting, edges; one file per family. One list serves the finite
// differences on the reference and the comparison of the GPU with the reference.

import "./elementwise.ts";
import "./shapes.ts";
import "./products.ts";
import "./model.ts";
import "./indices.ts";
import "./fused.ts";

export { operationCases, weightedSum } from "./case.ts";
export type { OperationCase } from "./case.ts";

// The operations with shapes worth trying: odd sizes, broadcasting, edges; a file a family. One list serves the finite
// differences on the reference and the comparison of the GPU with it.

import "./elementwise.ts";
import "./shapes.ts";
import "./products.ts";
import "./model.ts";
import "./indices.ts";
import "./fused.ts";

export { operationCases, weightedSum } from "./case.ts";
export type { OperationCase } from "./case.ts";

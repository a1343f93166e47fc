// The kernel families: pure functions from capabilities and shapes to finished WGSL, one family a file, their shaders
// in shaders/. Nothing here touches a device. A family of several dispatches gives its passes in order; what lies
// between them is scratch whose sizes it tells.

export type { BindingKind, Capabilities, Kernel } from "./kernel.ts";
export type { BinaryOp, Expression, Instruction, UnaryOp } from "./wgsl/expression.ts";
export type { Passes } from "./passes.ts";

export { attention, attentionGrad } from "./layers/attention.ts";
export type { AttentionShape } from "./layers/attention.ts";
export { causalConv, causalConvGradWeight } from "./layers/convolution.ts";
export type { ConvolutionShape } from "./layers/convolution.ts";
export { stridedCopy } from "./basic/copy.ts";
export type { CopyShape } from "./basic/copy.ts";
export { crossEntropy, crossEntropyFused, crossEntropyGrad } from "./layers/cross-entropy.ts";
export type { CrossEntropyGradShape, CrossEntropyShape, Upstream } from "./layers/cross-entropy.ts";
export { cumsum } from "./basic/cumsum.ts";
export { elementwise } from "./basic/elementwise.ts";
export type { ElementType, ElementwiseInput, ElementwiseShape } from "./basic/elementwise.ts";
export { embedding, embeddingGrad, gather, scatterAdd } from "./layers/embedding.ts";
export type { EmbeddingGradShape, EmbeddingShape, GatherShape } from "./layers/embedding.ts";
export { fill } from "./basic/fill.ts";
export type { Epilogue, ExtraKind } from "./wgsl/epilogue.ts";
export { argMax, cast, oneHot, shift } from "./basic/indexing.ts";
export { matmul, matmulVariants } from "./layers/matmul.ts";
export type { MatmulShape, MatmulVariant } from "./layers/matmul.ts";
export {
  layerNorm,
  layerNormGrad,
  logSumExp,
  rmsNorm,
  rmsNormGrad,
  softmax,
  softmaxGrad,
} from "./layers/norm.ts";
export type { NormShape, RmsNormGradShape, RmsNormShape, RowsShape } from "./layers/norm.ts";
export { adamW, lion, sgd, sumSquares } from "./basic/optimizers.ts";
export { random } from "./basic/random.ts";
export type { RandomShape } from "./basic/random.ts";
export { reduce } from "./basic/reduce.ts";
export type { ReducePass, ReduceShape } from "./basic/reduce.ts";
export { rope, ropeGrad, ropeTable, ropeTableData, ropeTableLength } from "./layers/rope.ts";
export type { RopeShape, RopeTableShape } from "./layers/rope.ts";

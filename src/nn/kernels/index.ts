// The kernel families: pure functions from capabilities and shapes to finished WGSL, one family a file, their shaders
// in shaders/. Nothing here touches a device. A family of several dispatches gives its passes in order; what lies
// between them is scratch whose sizes it tells.

export type { BindingKind, Capabilities, Kernel } from "./kernel.ts";
export type { BinaryOp, Expression, Instruction, UnaryOp } from "./expression.ts";
export type { Passes } from "./passes.ts";

export { attention, attentionGrad } from "./attention.ts";
export type { AttentionShape } from "./attention.ts";
export { causalConv, causalConvGradWeight } from "./convolution.ts";
export type { ConvolutionShape } from "./convolution.ts";
export { stridedCopy } from "./copy.ts";
export type { CopyShape } from "./copy.ts";
export { crossEntropy, crossEntropyFused, crossEntropyGrad } from "./cross-entropy.ts";
export type { CrossEntropyGradShape, CrossEntropyShape, Upstream } from "./cross-entropy.ts";
export { cumsum } from "./cumsum.ts";
export { elementwise } from "./elementwise.ts";
export type { ElementType, ElementwiseInput, ElementwiseShape } from "./elementwise.ts";
export { embedding, embeddingGrad, gather, scatterAdd } from "./embedding.ts";
export type { EmbeddingGradShape, EmbeddingShape, GatherShape } from "./embedding.ts";
export { fill } from "./fill.ts";
export type { Epilogue, ExtraKind } from "./fuse.ts";
export { argMax, cast, oneHot, shift } from "./indexing.ts";
export { matmul, matmulVariants } from "./matmul.ts";
export type { MatmulShape, MatmulVariant } from "./matmul.ts";
export { layerNorm, layerNormGrad, logSumExp, rmsNorm, rmsNormGrad, softmax, softmaxGrad } from "./norm.ts";
export type { NormShape, RmsNormGradShape, RmsNormShape, RowsShape } from "./norm.ts";
export { adamW, lion, sgd, sumSquares } from "./optimizers.ts";
export { random } from "./random.ts";
export type { RandomShape } from "./random.ts";
export { reduce } from "./reduce.ts";
export type { ReducePass, ReduceShape } from "./reduce.ts";
export { rope, ropeGrad, ropeTable, ropeTableData, ropeTableLength } from "./rope.ts";
export type { RopeShape, RopeTableShape } from "./rope.ts";

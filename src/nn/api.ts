// The module "nn" as train.ts sees it: tensors, operations, parameters, optimizers. Spelling follows PyTorch. Nothing
// here computes: operations record, and the lab runs the whole step when its body ends.
//
//   const w = nn.parameter([C, 4 * C], nn.normal(0.02));
//   const loss = nn.crossEntropy(model.forward(x), y);
//   loss.backward();
//   optimizer.step();

export { Tensor } from "./tensor.ts";
export { noGrad } from "./backward.ts";
export { precision } from "./precision.ts";
export type { Precision } from "./precision.ts";
export { constant, normal, ones, orthogonal, uniform, zeros } from "./initial.ts";
export type { Initial } from "./initial.ts";
export { parameters, namedParameters } from "./parameters.ts";
export type { NamedParameter } from "./parameters.ts";

export { arange, dropout, full, parameter, random, state, tensor } from "./ops/create.ts";
export { assign } from "./ops/assign.ts";
export { cat, stack } from "./ops/pieces.ts";
export { where } from "./ops/arithmetic.ts";
export { causalMask, tril, triu } from "./ops/masks.ts";
export { swiglu } from "./ops/unary.ts";
export { argmax, categorical, gather, oneHot, scatterAdd } from "./ops/indexing.ts";
export { roll, shift } from "./ops/shift.ts";
export { causalConv } from "./ops/convolution.ts";
export { logSoftmax, logsumexp } from "./ops/log-sum-exp.ts";
export { matmul } from "./ops/matmul.ts";
export type { MatmulOptions } from "./ops/matmul.ts";
export { layerNorm, rmsNorm, softmax } from "./ops/norm.ts";
export { rope } from "./ops/rope.ts";
export type { RopeOptions } from "./ops/rope.ts";
export { attention } from "./ops/attention.ts";
export type { AttentionOptions } from "./ops/attention.ts";
export { embedding } from "./ops/embedding.ts";
export { crossEntropy } from "./ops/cross-entropy.ts";
export type { CrossEntropyOptions } from "./ops/cross-entropy.ts";

export { kernel } from "./ops/kernel.ts";
export type { KernelDefinition, KernelInputs } from "./ops/kernel.ts";

export { AdamW } from "./optim/adamw.ts";
export type { AdamWOptions } from "./optim/adamw.ts";
export { Lion, SGD } from "./optim/sgd.ts";
export type { LionOptions, SGDOptions } from "./optim/sgd.ts";
export { Muon } from "./optim/muon.ts";
export type { MuonOptions } from "./optim/muon.ts";
export { clipGradNorm } from "./optim/clip.ts";

export type { Shape } from "./shape.ts";
export type { DType } from "./graph.ts";

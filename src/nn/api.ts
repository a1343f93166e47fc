// The module "nn" as train.ts sees it: tensors, operations, parameters, optimizers. Spelling follows PyTorch. Nothing
// here computes: operations record, and the lab runs the whole step when its body ends.
//
//   const w = nn.parameter([C, 4 * C], nn.normal(0.02));
//   const loss = nn.crossEntropy(model.forward(x), y);
//   loss.backward();
//   optimizer.step();

export { Tensor } from "./tensor/tensor.ts";
export { noGrad, scoring } from "./tensor/backward.ts";
export { precision } from "./tensor/precision.ts";
export type { Precision } from "./tensor/precision.ts";
export { constant, normal, ones, orthogonal, uniform, zeros } from "./tensor/initial.ts";
export type { Initial } from "./tensor/initial.ts";
export { parameters, namedParameters } from "./tensor/parameters.ts";
export type { NamedParameter } from "./tensor/parameters.ts";

export { arange, dropout, full, parameter, random, state, tensor } from "./ops/basic/create.ts";
export { assign } from "./ops/basic/assign.ts";
export { cat, stack } from "./ops/basic/pieces.ts";
export { where } from "./ops/basic/arithmetic.ts";
export { causalMask, tril, triu } from "./ops/basic/masks.ts";
export { swiglu } from "./ops/basic/unary.ts";
export { argmax, categorical, gather, oneHot, scatterAdd } from "./ops/basic/indexing.ts";
export { roll, shift } from "./ops/basic/shift.ts";
export { causalConv } from "./ops/layers/convolution.ts";
export { logSoftmax, logsumexp } from "./ops/layers/log-sum-exp.ts";
export { matmul } from "./ops/layers/matmul.ts";
export type { MatmulOptions } from "./ops/layers/matmul.ts";
export { layerNorm, rmsNorm, softmax } from "./ops/layers/norm.ts";
export { rope } from "./ops/layers/rope.ts";
export type { RopeOptions } from "./ops/layers/rope.ts";
export { attention } from "./ops/layers/attention.ts";
export type { AttentionOptions } from "./ops/layers/attention.ts";
export { embedding } from "./ops/layers/embedding.ts";
export { crossEntropy } from "./ops/layers/cross-entropy.ts";
export type { CrossEntropyOptions } from "./ops/layers/cross-entropy.ts";

export { kernel } from "./ops/layers/kernel.ts";
export type { KernelDefinition, KernelInputs } from "./ops/layers/kernel.ts";

export { AdamW } from "./optim/adamw.ts";
export type { AdamWOptions } from "./optim/adamw.ts";
export { Lion, SGD } from "./optim/sgd.ts";
export type { LionOptions, SGDOptions } from "./optim/sgd.ts";
export { Muon } from "./optim/muon.ts";
export type { MuonOptions } from "./optim/muon.ts";
export { clipGradNorm } from "./optim/clip.ts";

export type { Shape } from "./values/shape.ts";
export type { DType } from "./values/shape.ts";

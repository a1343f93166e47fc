// Errors of train.ts with optimizers and their options.

import * as nn from "../api.ts";
import { missing, p, refuses, sturdyEngine } from "../testing/bad-input.ts";

await sturdyEngine();

refuses([
  [
    "value",
    "a negative rate",
    () => new nn.AdamW([p(2)], { lr: -1 }),
    /AdamW: lr, got -1, expected a number from 0/,
  ],
  [
    "value",
    "a parameter twice",
    () => {
      const w = p(2);
      return new nn.AdamW([w, w]);
    },
    /listed twice/,
  ],
  [
    "value",
    "an optimizer of a field that is not set",
    () => new nn.AdamW([p(2), missing.head as nn.Tensor]),
    /^AdamW: needs a tensor, got undefined/,
  ],
  [
    "value",
    "a rate that is no number",
    () => new nn.AdamW([p(2)], { lr: NaN }),
    /^AdamW: lr, got NaN, expected a number from 0 on$/,
  ],
  [
    "value",
    "a schedule that is no number",
    () => {
      const w = p(2);
      const sgd = new nn.SGD([w]);
      w.sum().backward();
      sgd.step(0 / 0);
    },
    /a step's numbers, got NaN, .*expected finite numbers \(look at the learning rate's schedule\)$/,
  ],
  [
    "value",
    "a decay of 1",
    () => new nn.Lion([p(2)], { betas: [0.9, 1] }),
    /^Lion: betas, got 1, expected a number from 0 to below 1$/,
  ],
  [
    "value",
    "an option of another library",
    () => new nn.AdamW([p(2)], { learning_rate: 1 } as nn.AdamWOptions),
    /^AdamW: unknown option, got learning_rate, expected lr, betas, eps, weightDecay$/,
  ],
  [
    "value",
    "an empty list of parameters",
    () => new nn.SGD(nn.parameters({ width: 3 })),
    /no parameters.*nn\.parameters\(model\)/,
  ],
  [
    "value",
    "the parameters of nothing",
    () => nn.parameters(missing.head as object),
    /the model, got undefined/,
  ],
  [
    "value",
    "state to be trained",
    () => new nn.SGD([nn.state([2], nn.ones)]),
    /SGD: .*a tensor of nn\.state/,
  ],
  [
    "value",
    "Muon's schedule that is no number",
    () => {
      const w = p(2, 2);
      const muon = new nn.Muon([w]);
      w.sum().backward();
      muon.step(0 / 0);
    },
    /^Muon: a step's numbers, got NaN, .*expected finite numbers/,
  ],
  [
    "shape",
    "Muon of a vector",
    () => new nn.Muon([p(3)]),
    /Muon: .*got \[3\], expected .*give the others to AdamW/,
  ],
]);

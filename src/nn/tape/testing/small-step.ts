// A step with every kind of part, small enough for a hundred thousand mutations: attention, two optimizers, state, a
// kernel, a draw, data and wanted values.

import * as nn from "../../api.ts";
import { RecordingSession } from "../record-step.ts";
import type { StateChange, StepRequest } from "../step-format.ts";

export function smallStep(): StepRequest {
  const requests: StepRequest[] = [];
  const session = new RecordingSession((request) => {
    requests.push(request);
    return new Promise(() => undefined);
  });
  session.activate();
  const table = nn.parameter([5, 4], nn.normal(1));
  const [q, w] = [nn.parameter([4, 4], nn.normal(1)), nn.parameter([4, 5], nn.normal(1))];
  const mean = nn.state([1], nn.zeros);
  const half = nn.kernel({
    name: "half",
    inputs: { x: "f32" },
    wgsl: "fn element(i: u32) -> f32 { return 0.5 * x[i]; }",
    gradient: (g) => ({ x: g.mul(0.5) }),
  });
  const optimizers = [new nn.Muon([q], { steps: 1 }), new nn.AdamW([table, w])];
  const tokens = session.input([2, 3], "u32");
  const x = nn.rmsNorm(nn.embedding(table, tokens));
  const heads = nn.rope(x.matmul(q).view(2, 3, 2, 2));
  const y = nn.attention(heads, heads, heads).view(2, 3, 4).add(half(x));
  const loss = nn.crossEntropy(nn.dropout(y, 0.1).matmul(w).softcap(15), tokens);
  loss.backward();
  nn.clipGradNorm([table, q, w], 1);
  for (const optimizer of optimizers) optimizer.step();
  nn.assign(mean, mean.mul(0.9).add(loss));
  void session.readLater(mean);
  session.flush();
  return requests[0];
}

/** The shapes of the persistent tensors that a request makes. */
export function tensorsOf({ changes }: { readonly changes: readonly StateChange[] }) {
  return changes.flatMap((change) => (change.type === "made" ? [{ shape: change.shape }] : []));
}

// Describes loss curves: a few points, and their shape in words as a person would put it. A model reads twelve numbers
// better than a thousand.
type Curve = readonly (readonly [seconds: number, loss: number])[];

/** Points of the curve at even times, then its shape in words. */
export function describeCurve(curve: Curve): string {
  const first = curve[0];
  const last = curve.at(-1);
  if (!first || !last) return "empty";
  const span = last[0] - first[0];
  const at = (fraction: number) => {
    const time = first[0] + fraction * span;
    const near = curve.filter(([seconds]) => Math.abs(seconds - time) <= span / 40);
    const chosen =
      near.length > 0
        ? near
        : [curve.reduce((a, b) => (Math.abs(b[0] - time) < Math.abs(a[0] - time) ? b : a))];
    return chosen.reduce((sum, [, loss]) => sum + loss, 0) / chosen.length;
  };
  const points = [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].map(
    (fraction) => `${(first[0] + fraction * span).toFixed(0)} s ${at(fraction).toFixed(3)}`,
  );
  return `${points.join(", ")}; ${shapeOf(at, curve)}`;
}

function shapeOf(at: (fraction: number) => number, curve: Curve): string {
  if (curve.some(([, loss]) => !Number.isFinite(loss))) return "it became infinite";
  const lowest = Math.min(...curve.map(([, loss]) => loss));
  const fall = at(0) - lowest;
  if (fall <= 0) return "it never fell";
  if (at(1) - lowest > 0.25 * fall) return "it fell and then rose again: diverging";
  const late = at(0.8) - at(1);
  const middle = at(0.5) - at(0.8);
  const speed = `${late.toFixed(3)} nats in the last fifth`;
  if (late > 0.02 * fall && late > 0.5 * middle) return `still falling at the end, ${speed}`;
  return late < 0.005 * fall ? "flat in the last fifth" : `slowing, ${speed}`;
}

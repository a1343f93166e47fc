// The mark of the lab: a moon that fills as the budget of the current run is spent.

/** `phase` from 0 (new) to 1 (full). */
export function Moon({ phase }: { readonly phase: number }) {
  const r = 9;
  // The lit part is bounded by half the limb and half an ellipse whose width follows the phase.
  const rx = Math.abs(1 - 2 * phase) * r;
  const sweep = phase > 0.5 ? 1 : 0;
  const path = `M0 ${-r}A${r} ${r} 0 0 1 0 ${r}A${rx.toFixed(2)} ${r} 0 0 ${sweep} 0 ${-r}Z`;
  return (
    <svg className="moon" viewBox="-11 -11 22 22" width="22" height="22" aria-hidden="true">
      <circle r={r} className="moon-dark" />
      <path d={path} className="moon-lit" />
    </svg>
  );
}

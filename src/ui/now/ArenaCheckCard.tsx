// The readiness check of an arena: its findings in plain words, and its place beside the GPT's on a map of how automatic an
// evaluation is against how many experiments an hour it allows.

import { useAction, usePage } from "../actions/context.ts";
import { findAction } from "../actions/first.ts";

export function ArenaCheckCard() {
  const check = usePage((page) => page.arenaCheck);
  const { pending } = useAction(findAction("check-arena"));
  if (pending)
    return (
      <p className="quiet" role="status">
        Candidates with known results are running; this takes a minute or more.
      </p>
    );
  if (check === null) return null;
  return (
    <section
      className="arena-check"
      data-testid="arena-check"
      aria-label={`Readiness of ${check.arena.title}`}
    >
      <h3>
        {check.arena.title} is {check.ready ? "ready for a night" : "not ready for a night"}
      </h3>
      <ul className="findings">
        {check.findings.map(({ ok, line }) => (
          <li key={line} className={ok ? "" : "probe-failed"}>
            <span aria-hidden="true">{ok ? "✓" : "✗"}</span>
            <span className="hidden">{ok ? "fine: " : "not ready: "}</span> {line}
          </li>
        ))}
      </ul>
      <Place title={check.arena.title} perHour={check.experimentsPerHour} automatic={check.automatic} />
    </section>
  );
}

/** Experiments an hour of the GPT's arena, five minutes a run. */
const GPT_PER_HOUR = 11;
const WIDTH = 320;
const DECADES = 5; // from 1 to 100,000 an hour

interface PlaceProps {
  readonly title: string;
  readonly perHour: number;
  readonly automatic: boolean;
}

function Place({ title, perHour, automatic }: PlaceProps) {
  const x = (count: number) =>
    8 + ((WIDTH - 16) * Math.min(DECADES, Math.max(0, Math.log10(count)))) / DECADES;
  const y = automatic ? 22 : 62;
  const words = `${Math.round(perHour).toLocaleString("en")} experiments an hour, evaluation ${automatic ? "without" : "with"} a person`;
  return (
    <figure className="arena-map">
      <svg
        viewBox={`0 0 ${WIDTH} 92`}
        role="img"
        aria-label={`${title}: ${words}; a small GPT: about ${GPT_PER_HOUR}`}
      >
        <path d={`M8 78H${WIDTH - 8}M8 22H${WIDTH - 8}M8 62H${WIDTH - 8}`} className="map-grid" />
        {[1, 10, 100, 1000, 10_000, 100_000].map((count) => (
          <text key={count} x={x(count)} y="90" className="map-label" textAnchor="middle">
            {count >= 1000 ? `${count / 1000}k` : count}
          </text>
        ))}
        <text x="8" y="10" className="map-label">
          automatic
        </text>
        <text x="8" y="56" className="map-label">
          by a person
        </text>
        <circle cx={x(GPT_PER_HOUR)} cy="22" r="4" className="map-other" />
        <circle cx={x(perHour)} cy={y} r="5" className="map-this" />
      </svg>
      <figcaption className="quiet">
        Experiments an hour against who evaluates: this arena filled, a small GPT hollow.
      </figcaption>
    </figure>
  );
}

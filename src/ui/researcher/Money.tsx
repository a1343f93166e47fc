// The cost of the models, and the gain of each researcher.

import type { ModelsView, Tally } from "../../research/index.ts";
import { count } from "../state/format.ts";
import { dollars, useAsk } from "./ask.ts";
import { Failure } from "./Failure.tsx";

export function Earned({ tallies }: { readonly tallies: readonly Tally[] }) {
  if (tallies.length === 0) return null;
  return (
    <table className="plain-table" data-testid="earned">
      <caption>Who earned which gain</caption>
      <thead>
        <tr>
          <th scope="col">Researcher</th>
          <th scope="col">tried</th>
          <th scope="col">kept</th>
          <th scope="col">failed</th>
          <th scope="col">bpb gained</th>
        </tr>
      </thead>
      <tbody>
        {tallies.map(({ name, tried, kept, failed, gain }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{tried}</td>
            <td>{kept}</td>
            <td>{failed}</td>
            <td>{gain.toFixed(4)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const charge = (amount: number | null, researcher: string): string => {
  if (amount === null) return "price unknown";
  if (amount > 0) return dollars(amount);
  return researcher.startsWith("bridge:") ? "subscription" : "no charge";
};

export function Money({ models: { money } }: { readonly models: ModelsView }) {
  const { failure, ask } = useAsk();
  const { night, cap, calls, experiments, perHundredth } = money;
  return (
    <details className="detail-part" open data-testid="money">
      <summary>
        Money: {dollars(night.dollars)} of {dollars(cap)} this night
      </summary>
      <p className="facts">
        {night.calls} calls · {count(night.tokens)} tokens
        {night.perhaps > 0 && ` · of which ${dollars(night.perhaps)} may have been charged`}
        {night.unpriced > 0 && ` · ${night.unpriced} calls of unknown price`}
        {perHundredth !== null && ` · ${dollars(perHundredth)} per 0.01 bpb`}{" "}
        <button type="button" className="button button-link" onClick={() => void ask({ type: "new-night" })}>
          Reset nightly spend
        </button>
      </p>
      <Failure text={failure} />
      {experiments.length > 0 && (
        <p className="facts">
          {experiments.map(({ number, totals }) => (
            <span key={number}>
              {number < 0 ? "test" : `#${number}`} {dollars(totals.dollars)}{" "}
            </span>
          ))}
        </p>
      )}
      {calls.length > 0 && (
        <table className="plain-table">
          <caption>Calls, newest last</caption>
          <tbody>
            {calls.map((call, i) => (
              <tr key={i}>
                <td>{call.experiment < 0 ? "test" : `#${call.experiment}`}</td>
                <td>{call.researcher}</td>
                <td>
                  {count(call.inputTokens)} + {count(call.outputTokens)} tokens
                </td>
                <td>{charge(call.dollars, call.researcher)}</td>
                <td>{call.certainty}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}

// The accuracy of each researcher's forecasts.

import type { Calibration } from "../../research/index.ts";
import { bpb, delta } from "../state/format.ts";

export function Forecasts({ calibration }: { readonly calibration: readonly Calibration[] }) {
  if (calibration.length === 0) return null;
  return (
    <table className="plain-table" data-testid="forecasts">
      <caption>Forecasts against outcomes: mean change of val_bpb</caption>
      <thead>
        <tr>
          <th scope="col">Researcher</th>
          <th scope="col">right way</th>
          <th scope="col">expected</th>
          <th scope="col">came</th>
          <th scope="col" title="Mean distance between the two; in brackets that of expecting no change">
            error
          </th>
        </tr>
      </thead>
      <tbody>
        {calibration.map(({ name, forecasts, scored, expected, came, error, naiveError, rightDirection }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td title={`${forecasts} forecasts, ${scored} with a number and a score`}>
              {rightDirection} of {scored}
            </td>
            <td>{delta(expected)}</td>
            <td>{delta(came)}</td>
            <td>
              {bpb(error)} ({bpb(naiveError)})
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

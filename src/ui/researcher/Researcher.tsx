// The researcher's panel: its choice, key, capabilities, notes, gains, costs and learnings.

import { useLab } from "../actions/context.ts";
import { Capabilities } from "./Capabilities.tsx";
import { Choice } from "./Choice.tsx";
import { Key } from "./Key.tsx";
import { Learnings } from "./Learnings.tsx";
import { Forecasts } from "./Forecasts.tsx";
import { ModelState } from "./ModelState.tsx";
import { Earned, Money } from "./Money.tsx";
import { Notes } from "./Notes.tsx";
import { Prices } from "./Prices.tsx";
import { Waiting } from "./Waiting.tsx";

export default function Researcher() {
  const models = useLab((lab) => lab.models, null);
  if (models === null) {
    return <p className="empty">When the lab is open, the researcher is chosen here.</p>;
  }
  return (
    <div className="researcher" data-testid="researcher">
      <Waiting waiting={models.waiting} />
      <Choice key={models.settings.researcher} models={models} />
      {models.model !== null && <Key models={models} />}
      {models.model !== null && <ModelState models={models} />}
      {models.model !== null && <Capabilities models={models} />}
      <Notes notes={models.notes} />
      <Earned tallies={models.earned} />
      <Forecasts calibration={models.calibration} />
      {(models.model !== null || models.money.calls.length > 0) && <Money models={models} />}
      {models.model !== null && <Prices rows={models.prices} model={models.model} price={models.price} />}
      <Learnings learnings={models.learnings} />
    </div>
  );
}

// The researcher service as the page shows it.
import {
  byResearcher,
  connectSources,
  type HistoryEntry,
  keyOwner,
  Ledger,
  PRICES,
  type PriceRow,
  priceWords,
  PROVIDERS,
} from "../../researchers/index.ts";
import type { Candidate } from "../contract/experiment.ts";
import type { ResearcherSettings } from "../contract/researcher-settings.ts";
import type { ChosenResearcher } from "./chosen-researcher.ts";
import type { StudyBooking } from "./store.ts";
import type { ModelsView, MoneyView, ProviderView } from "../contract/researcher-view.ts";

const CALLS = 40;

interface Given {
  readonly settings: ResearcherSettings;
  readonly notes: readonly string[];
  readonly learnings: string;
  readonly waiting: Candidate | null;
  readonly tag: string;
  readonly bookings: readonly StudyBooking[];
  readonly prices: readonly PriceRow[];
  readonly chosen: Pick<ChosenResearcher, "ledger" | "capabilities" | "keys" | "model">;
  readonly history: readonly HistoryEntry[];
  readonly calibration: ModelsView["calibration"];
}

export function researcherView(given: Given): ModelsView {
  const { settings, notes, learnings, waiting, history, prices } = given;
  const { keys, model, capabilities } = given.chosen;
  return {
    settings,
    notes,
    learnings,
    providers: providerViews,
    model: model?.name ?? null,
    availability: model?.availability() ?? null,
    hasKey: model !== null && keys.get(keyOwner(model.config)) !== null,
    sources: model === null ? [] : connectSources(model.config),
    money: moneyOf(given),
    earned: byResearcher(history),
    calibration: given.calibration,
    prices: [...prices, ...PRICES.filter((row) => !prices.some((mine) => sameRow(mine, row)))],
    capabilities: model === null ? [] : capabilities.row(model.config),
    price: model === null ? "" : priceWords(model.config, [...prices, ...PRICES]),
    waiting: waiting && {
      number: waiting.number,
      source: waiting.proposal.source,
      hypothesis: waiting.proposal.hypothesis,
      researcher: waiting.proposal.researcher,
      expected: waiting.proposal.expected ?? null,
    },
  };
}

const sameRow = (a: PriceRow, b: PriceRow) => a.provider === b.provider && a.model === b.model;

const providerViews: readonly ProviderView[] = Object.values(PROVIDERS).map(
  ({ id, name, address, needsKey, keyPage }) => ({ id, name, address, needsKey, keyPage }),
);

function moneyOf({ chosen: { ledger }, bookings, tag, history }: Given): MoneyView {
  const mine = bookings.filter((booking) => booking.tag === tag);
  const study = new Ledger({ bookings: mine });
  const numbers = [...new Set(mine.map(({ experiment }) => experiment))].sort((a, b) => a - b);
  const models = new Set(mine.map(({ researcher }) => researcher));
  const gain = byResearcher(history)
    .filter(({ name }) => models.has(name))
    .reduce((sum, tally) => sum + tally.gain, 0);
  return {
    night: ledger.total(),
    cap: ledger.caps.dollars,
    experiments: numbers.map((number) => ({ number, totals: study.total(number) })),
    calls: mine.slice(-CALLS),
    perHundredth: mine.length === 0 ? null : study.perHundredth(gain),
  };
}

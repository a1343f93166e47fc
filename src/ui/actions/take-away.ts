// Files of a study to show to others: the report, the chart as a picture, the share card. The code that draws them is
// loaded on the first use.

import type { LabState } from "../../research/index.ts";
import type { Action, ActionContext } from "./action.ts";
import { hasExperiments, hasStudy, whyNoResult } from "./conditions.ts";

/** A file of the open study, made from the last snapshot; null: there is no result yet. */
interface Made {
  readonly name: string;
  readonly contents: Uint8Array;
}

type Make = (lab: LabState, context: ActionContext) => Promise<Made | null>;

const file = (id: string, label: string, make: Make, keys?: string): Action => ({
  id,
  group: "Study",
  label: () => label,
  ...(keys === undefined ? {} : { keys }),
  available: (page) => hasStudy(page) && hasExperiments(page),
  why: whyNoResult,
  run: async (context) => {
    const { lab } = context.page.getState();
    const made = lab === null ? null : await make(lab, context);
    if (made !== null) context.browser.download(made.name, made.contents);
  },
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const tagOf = (lab: LabState): string => lab.study?.tag ?? "study";

/** The colours of the page's current theme. */
const palette = async ({ browser, page }: ActionContext) => {
  const { DARK, LIGHT } = await import("../drawing/palette.ts");
  const { theme } = page.getState();
  return theme === "dark" || (theme === "system" && browser.prefersDark()) ? DARK : LIGHT;
};

const PICTURE = { width: 1200, height: 600 } as const;

async function chart(lab: LabState, context: ActionContext): Promise<string> {
  const { pictureOf } = await import("../report/picture.ts");
  return pictureOf(lab, context.page.getState().chart, await palette(context), PICTURE);
}

export const takeAwayActions: readonly Action[] = [
  file(
    "report",
    "Download the report",
    async (lab) => {
      const { htmlReport } = await import("../report/picture.ts");
      const html = htmlReport(lab);
      return html === null ? null : { name: `${tagOf(lab)}.html`, contents: bytes(html) };
    },
    "r",
  ),
  file("report-markdown", "Report as Markdown", async (lab) => {
    const { reportOf } = await import("../report/report.ts");
    const { toMarkdown } = await import("../report/markdown.ts");
    const report = reportOf(lab);
    return report === null ? null : { name: `${tagOf(lab)}.md`, contents: bytes(toMarkdown(report)) };
  }),
  file("share-card", "Share card", async (lab, context) => {
    const { CARD, shareCard } = await import("../report/share-card.ts");
    const svg = shareCard(lab, await palette(context));
    if (svg === null) return null;
    return { name: `${tagOf(lab)}-card.png`, contents: await context.browser.toPng(svg, CARD) };
  }),
  file("chart-png", "Chart as PNG", async (lab, context) => ({
    name: `${tagOf(lab)}.png`,
    contents: await context.browser.toPng(await chart(lab, context), PICTURE, 2),
  })),
  file("chart-svg", "Chart as SVG", async (lab, context) => ({
    name: `${tagOf(lab)}.svg`,
    contents: bytes(await chart(lab, context)),
  })),
];

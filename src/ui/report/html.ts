// A report as one HTML file without scripts or external files, for light and dark screens and for paper.

import { escapeXml } from "../drawing/draw-chart.ts";
import type { Palette } from "../drawing/palette.ts";
import { DARK, LIGHT } from "../drawing/palette.ts";
import { isShort, type Block, type Inline, type Line, type Report } from "./blocks.ts";

/** `chart`: an SVG, drawn with REPORT_PALETTE. */
export function toHtml({ title, blocks }: Report, chart: string): string {
  return (
    `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n` +
    `<meta name="viewport" content="width=device-width, initial-scale=1">\n` +
    `<meta name="color-scheme" content="light dark">\n<title>${escapeXml(title)} — Overnight</title>\n` +
    `<style>${STYLE}</style>\n</head>\n<body>\n<main>\n<h1>${escapeXml(title)}</h1>\n` +
    blocks.map((one) => block(one, chart)).join("\n") +
    `\n</main>\n</body>\n</html>\n`
  );
}

function block(one: Block, chart: string): string {
  switch (one.kind) {
    case "heading":
      return `<h2>${escapeXml(one.text)}</h2>`;
    case "text":
      return `<p>${line(one.line)}</p>`;
    case "list":
      return `<ul>${one.items.map((item) => `<li>${line(item)}</li>`).join("")}</ul>`;
    case "table":
      return (
        `<div class="scroll" tabindex="0" role="region" aria-label="${escapeXml(one.head.join(", "))}"><table><thead><tr>` +
        one.head.map((name) => `<th scope="col">${escapeXml(name)}</th>`).join("") +
        `</tr></thead><tbody>${one.rows.map((row) => tableRow(row, one.anchors === true)).join("\n")}</tbody></table></div>`
      );
    case "quote":
      return `<figure><figcaption>${line(one.title)}</figcaption><blockquote>${escapeXml(one.text)}</blockquote></figure>`;
    case "chart":
      return `<figure class="chart">${chart}</figure>`;
  }
}

function tableRow(row: readonly Line[], anchors: boolean): string {
  const first = row[0]?.[0];
  const number = typeof first === "object" && "experiment" in first ? first.experiment : null;
  const data = (cell: Line) => `<td${isShort(cell) ? ' class="short"' : ""}>${line(cell)}</td>`;
  if (!anchors || number === null) return `<tr>${row.map(data).join("")}</tr>`;
  const cells = row.slice(1).map(data);
  return `<tr id="e${number}"><th scope="row">${number}</th>${cells.join("")}</tr>`;
}

const line = (parts: Line): string => parts.map(inline).join("");

function inline(part: Inline): string {
  if (typeof part === "string") return escapeXml(part);
  if ("code" in part) return `<code>${escapeXml(part.code)}</code>`;
  return `<a href="#e${part.experiment}">${part.experiment}</a>`;
}

/** Colours that follow the reader's light or dark theme. */
export const REPORT_PALETTE = Object.fromEntries(
  Object.keys(LIGHT).map((name) => [name, `var(--${name})`]),
) as unknown as Palette;

const COLOURS = (Object.keys(LIGHT) as (keyof Palette)[])
  .map((name) => `--${name}:light-dark(${LIGHT[name]},${DARK[name]})`)
  .join(";");

const STYLE = `
:root{color-scheme:light dark;${COLOURS}}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 -apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1,h2{font-family:"Iowan Old Style",Palatino,Georgia,serif;line-height:1.2}
h1{font-size:2.2rem;margin:0 0 1rem}h2{font-size:1.35rem;margin:2.2rem 0 .6rem}
p,li{max-width:46rem}a{color:var(--accent)}code{font-size:.9em}
.chart{margin:1.5rem 0}.chart svg{width:100%;height:auto}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:.3rem 1rem .3rem 0;border-bottom:1px solid var(--rule)}
.short{white-space:nowrap}thead th{color:var(--ink2);font-weight:600}tbody th{font-weight:400}tr:target{background:light-dark(#d5e0f7,#38435c)}
figure{margin:1rem 0}figcaption{color:var(--ink2)}
blockquote{margin:.4rem 0;padding:.6rem 1rem;border-left:3px solid var(--accent);white-space:pre-wrap;overflow-wrap:anywhere;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.875rem}
@media print{:root{color-scheme:light}body{font-size:11pt}main{max-width:none;padding:0}a{color:inherit;text-decoration:none}
h2{break-after:avoid}tr,figure{break-inside:avoid}thead{display:table-header-group}.scroll{overflow:visible}@page{margin:18mm}}
`;

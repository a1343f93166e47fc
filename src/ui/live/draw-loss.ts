// Draws the live loss on a canvas: axes, the incumbent's whole curve, the current run so far, and a cursor. It is
// given its colours and sizes and reads nothing of the document.

import { ticksOf } from "../drawing/chart-data.ts";
import { clock } from "../state/format.ts";
import { columns, lossRange, type Curve, type LossTrace } from "./loss-trace.ts";

export interface Ink {
  readonly text: string;
  readonly rule: string;
  readonly current: string;
  readonly incumbent: string;
  readonly paper: string;
  readonly font: string;
}

interface Picture {
  readonly width: number; // CSS pixels
  readonly height: number;
  readonly ratio: number; // device pixels per CSS pixel
}

/** Room for the axes, CSS pixels. */
const INSET = { left: 38, right: 10, top: 10, bottom: 22 } as const;

export function drawLoss(
  ctx: CanvasRenderingContext2D,
  trace: LossTrace,
  picture: Picture,
  ink: Ink,
  cursorSeconds: number | null,
): void {
  const { width, height, ratio } = picture;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  const plot = {
    x: INSET.left,
    y: INSET.top,
    w: width - INSET.left - INSET.right,
    h: height - INSET.top - INSET.bottom,
  };
  const seconds = Math.max(trace.budgetSeconds, trace.current.lastSeconds, trace.incumbent.lastSeconds, 1);
  const [low, high] = lossRange([trace.current, trace.incumbent], seconds);
  const toX = (t: number) => plot.x + (t / seconds) * plot.w;
  const toY = (loss: number) => plot.y + ((high - loss) / (high - low)) * plot.h;

  ctx.font = ink.font;
  ctx.fillStyle = ink.text;
  ctx.strokeStyle = ink.rule;
  ctx.lineWidth = 1;
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  for (const tick of ticksOf(low, high, 4)) {
    const y = Math.round(toY(tick)) + 0.5;
    line(ctx, plot.x, y, plot.x + plot.w, y);
    ctx.fillText(tick.toFixed(high - low < 0.5 ? 2 : 1), plot.x - 6, y);
  }
  ctx.textBaseline = "top";
  for (const share of [0, 0.5, 1]) {
    ctx.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
    ctx.fillText(clock(seconds * share), toX(seconds * share), plot.y + plot.h + 6);
  }

  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.x, plot.y, plot.w, plot.h);
  ctx.clip();
  stroke(ctx, trace.incumbent, ink.incumbent, 1.5, toX, toY);
  haze(ctx, trace.current, ink.current, plot, seconds, toY);
  stroke(ctx, trace.current, ink.current, 2, toX, toY);
  ctx.restore();

  const t = cursorSeconds ?? trace.current.lastSeconds;
  if (cursorSeconds !== null) {
    ctx.strokeStyle = ink.text;
    const x = Math.round(toX(t)) + 0.5;
    line(ctx, x, plot.y, x, plot.y + plot.h);
  }
  dot(ctx, toX(t), trace.incumbent.at(t), ink.incumbent, ink.paper, toY);
  dot(ctx, toX(t), trace.current.at(t), ink.current, ink.paper, toY);
}

/** Seconds under a horizontal position in CSS pixels, or null outside the plot. */
export function secondsAt(x: number, width: number, trace: LossTrace): number | null {
  const share = (x - INSET.left) / (width - INSET.left - INSET.right);
  const seconds = Math.max(trace.budgetSeconds, trace.current.lastSeconds, trace.incumbent.lastSeconds, 1);
  return share < 0 || share > 1 ? null : share * seconds;
}

function line(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number) {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

function stroke(
  ctx: CanvasRenderingContext2D,
  curve: Curve,
  colour: string,
  width: number,
  toX: (t: number) => number,
  toY: (loss: number) => number,
) {
  const every = Math.max(1, Math.floor(curve.smooth.length / 2000)); // more points would not be visible
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.lineJoin = "round";
  ctx.beginPath();
  const last = curve.smooth.length - 1;
  curve.smooth.forEach(([t, loss], i) => {
    if (i % every !== 0 && i !== last) return;
    if (i === 0) ctx.moveTo(toX(t), toY(loss));
    else ctx.lineTo(toX(t), toY(loss));
  });
  ctx.stroke();
}

/** Draws the unsmoothed losses faintly behind the curve. */
function haze(
  ctx: CanvasRenderingContext2D,
  curve: Curve,
  colour: string,
  plot: { x: number; w: number },
  seconds: number,
  toY: (loss: number) => number,
) {
  ctx.save();
  ctx.globalAlpha = 0.28;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.beginPath();
  let first = true;
  for (const [x, low, high] of columns(curve.points, plot.w, seconds)) {
    if (first) ctx.moveTo(plot.x + x, toY(high));
    else ctx.lineTo(plot.x + x, toY(high));
    ctx.lineTo(plot.x + x, toY(low));
    first = false;
  }
  ctx.stroke();
  ctx.restore();
}

function dot(
  ctx: CanvasRenderingContext2D,
  x: number,
  loss: number | null,
  colour: string,
  paper: string,
  toY: (loss: number) => number,
) {
  if (loss === null) return;
  ctx.beginPath();
  ctx.arc(x, Math.max(INSET.top, toY(loss)), 3.5, 0, 2 * Math.PI);
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = paper;
  ctx.stroke();
}

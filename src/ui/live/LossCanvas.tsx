// The live loss: a canvas and one line of text, both written outside React as points arrive.

import { useEffect, useRef } from "react";
import { clock, delta } from "../state/format.ts";
import { useTrace } from "./trace-context.ts";
import { drawLoss, secondsAt, type Ink } from "./draw-loss.ts";
import type { LossTrace } from "./loss-trace.ts";

export default function LossCanvas() {
  const trace = useTrace();
  const canvas = useRef<HTMLCanvasElement>(null);
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (canvas.current === null || line.current === null) return;
    return attach(trace, canvas.current, line.current);
  }, [trace]);
  return (
    <figure className="live">
      <figcaption>
        Training loss, bits per token, over seconds
        <span className="live-key">
          <span className="key-raw">raw</span> <span className="key-current">smoothed</span>{" "}
          <span className="key-incumbent">best, smoothed</span>
        </span>
      </figcaption>
      <canvas
        ref={canvas}
        className="live-canvas"
        tabIndex={0}
        role="img"
        aria-label="Loss of the current run against the best one, smoothed over the raw points. Arrow keys read it at a moment."
        data-testid="live-loss"
      />
      <p ref={line} className="live-reading" />
    </figure>
  );
}

/** Draws when the trace, the size or the cursor changed, at most once a frame. Returns a function that stops it. */
function attach(trace: LossTrace, canvas: HTMLCanvasElement, line: HTMLElement): () => void {
  const ctx = canvas.getContext("2d");
  if (ctx === null) return () => undefined;
  let cursor: number | null = null;
  let drawn = "";
  let lineAt = 0;
  let frame = 0;
  let ink = inkOf(canvas);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const recolour = () => {
    ink = inkOf(canvas);
    drawn = "";
  };
  const themes = new MutationObserver(recolour);
  themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  scheme.addEventListener("change", recolour);

  const tick = (now: number) => {
    frame = requestAnimationFrame(tick);
    const { clientWidth: width, clientHeight: height } = canvas;
    const ratio = devicePixelRatio;
    const state = [trace.version, width, height, ratio, cursor].join();
    if (state === drawn || width === 0) return;
    drawn = state;
    const wide = Math.round(width * ratio);
    const tall = Math.round(height * ratio);
    if (canvas.width !== wide || canvas.height !== tall) {
      canvas.width = wide;
      canvas.height = tall;
    }
    canvas.closest("figure")?.toggleAttribute("data-alone", trace.incumbent.points.length === 0);
    drawLoss(ctx, trace, { width, height, ratio }, ink, cursor);
    if (cursor === null && now - lineAt < 400) return; // text that flickers cannot be read
    lineAt = now;
    line.textContent = reading(trace, cursor);
  };
  frame = requestAnimationFrame(tick);

  const onMove = (event: PointerEvent) => {
    cursor = secondsAt(event.offsetX, canvas.clientWidth, trace);
  };
  const onLeave = () => {
    cursor = null;
  };
  const onKey = (event: KeyboardEvent) => {
    const step = Math.max(trace.budgetSeconds, 1) / 50;
    const from = cursor ?? trace.current.lastSeconds;
    if (event.key === "ArrowLeft") cursor = Math.max(0, from - step);
    else if (event.key === "ArrowRight") cursor = Math.min(trace.budgetSeconds, from + step);
    else if (event.key === "Escape") cursor = null;
    else return;
    event.preventDefault();
  };
  canvas.addEventListener("pointermove", onMove);
  canvas.addEventListener("pointerleave", onLeave);
  canvas.addEventListener("blur", onLeave);
  canvas.addEventListener("keydown", onKey);
  return () => {
    cancelAnimationFrame(frame);
    themes.disconnect();
    scheme.removeEventListener("change", recolour);
    canvas.removeEventListener("pointermove", onMove);
    canvas.removeEventListener("pointerleave", onLeave);
    canvas.removeEventListener("blur", onLeave);
    canvas.removeEventListener("keydown", onKey);
  };
}

/** One sentence: both losses at the cursor, or now. */
function reading(trace: LossTrace, cursor: number | null): string {
  const seconds = cursor ?? trace.current.lastSeconds;
  const now = trace.current.at(seconds);
  const then = trace.incumbent.at(seconds);
  if (now === null && then === null) return trace.current.points.length === 0 ? "No loss yet." : "";
  const moment = `At ${clock(seconds)}`;
  if (now === null) return `${moment}: best ${(then ?? 0).toFixed(3)}`;
  const nats = `(${(now * Math.LN2).toFixed(3)} nats)`;
  if (then === null) return `${moment}: ${now.toFixed(3)} ${nats}`;
  return `${moment}: ${now.toFixed(3)} ${nats}, gain ${delta(then - now, 3)} over the best one’s ${then.toFixed(3)}`;
}

/** The style sheet's colours, resolved, because a canvas cannot use custom properties. */
function inkOf(canvas: HTMLCanvasElement): Ink {
  const before = canvas.style.color;
  const colour = (name: string) => {
    canvas.style.color = `var(${name})`;
    return getComputedStyle(canvas).color;
  };
  const ink = {
    text: colour("--ink-3"),
    rule: colour("--rule"),
    current: colour("--accent"),
    incumbent: colour("--ghost"),
    paper: colour("--paper"),
    font: `11px ${getComputedStyle(canvas).fontFamily}`,
  };
  canvas.style.color = before;
  return ink;
}

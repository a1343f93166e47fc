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

/** A text that changes more often than this [ms] cannot be read. */
const READABLE = 400;

/** Draws when the trace, the size, the theme or the cursor changed, at most once a frame. Returns a function that stops it. */
function attach(trace: LossTrace, canvas: HTMLCanvasElement, line: HTMLElement): () => void {
  const ctx = canvas.getContext("2d");
  if (ctx === null) return () => undefined;
  let cursor: number | null = null;
  let lineAt = 0;
  let frame = 0;
  let later = 0;
  let ink = inkOf(canvas);

  const draw = (now: number) => {
    frame = 0;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (width === 0) return;
    const ratio = devicePixelRatio;
    const wide = Math.round(width * ratio);
    const tall = Math.round(height * ratio);
    if (canvas.width !== wide || canvas.height !== tall) Object.assign(canvas, { width: wide, height: tall });
    canvas.closest("figure")?.toggleAttribute("data-alone", trace.incumbent.points.length === 0);
    drawLoss(ctx, trace, { width, height, ratio }, ink, cursor);
    const wait = cursor === null ? lineAt + READABLE - now : 0;
    if (wait > 0) later ||= window.setTimeout(request, wait);
    else {
      lineAt = now;
      line.textContent = reading(trace, cursor);
    }
  };
  const request = () => {
    clearTimeout(later);
    later = 0;
    frame ||= requestAnimationFrame(draw);
  };
  const recolour = () => {
    ink = inkOf(canvas);
    request();
  };
  const moveTo = (to: number | null) => {
    cursor = to;
    request();
  };
  const stop = new AbortController();
  const { signal } = stop;
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    hear: (event: HTMLElementEventMap[K]) => void,
  ) => {
    canvas.addEventListener(type, hear, { signal });
  };
  on("pointermove", ({ offsetX }) => {
    moveTo(secondsAt(offsetX, canvas.clientWidth, trace));
  });
  for (const type of ["pointerleave", "blur"] as const)
    on(type, () => {
      moveTo(null);
    });
  on("keydown", (event) => {
    const step = Math.max(trace.budgetSeconds, 1) / 50;
    const from = cursor ?? trace.current.lastSeconds;
    if (event.key === "ArrowLeft") moveTo(Math.max(0, from - step));
    else if (event.key === "ArrowRight") moveTo(Math.min(trace.budgetSeconds, from + step));
    else if (event.key === "Escape") moveTo(null);
    else return;
    event.preventDefault();
  });
  const themes = new MutationObserver(recolour);
  themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour, { signal });
  const sizes = new ResizeObserver(request); // reports the first size, too
  sizes.observe(canvas);
  const unwatch = trace.watch(request);
  return () => {
    stop.abort();
    cancelAnimationFrame(frame);
    clearTimeout(later);
    themes.disconnect();
    sizes.disconnect();
    unwatch();
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

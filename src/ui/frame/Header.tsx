// The head of the page: the study, the state of the lab, and the buttons to start and stop it.

import { useLayoutEffect, useRef, type RefObject } from "react";
import { useActions, useLab, usePage } from "../actions/context.ts";
import { phaseWords, stageProgress, titleOf } from "../state/stages.ts";
import { ActionButton, ActionFailure } from "./ActionButton.tsx";
import { Moon } from "./Moon.tsx";
import { PanelBar } from "./PanelBar.tsx";
import { isApple } from "./platform.ts";

/** Keeps the head's height [px] in `--masthead`: a panel begins below it, so that the panels' buttons stay visible. */
function useMeasuredHeight(head: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = head.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      document.documentElement.style.setProperty("--masthead", `${element.offsetHeight}px`);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [head]);
}

export function Header() {
  const head = useRef<HTMLElement>(null);
  useMeasuredHeight(head);
  const tag = useLab((lab) => lab.study?.tag ?? null, null);
  const title = usePage((page) => titleOf(page, tag ?? ""));
  const phase = useLab((lab) => lab.phase, "opening");
  const recorded = usePage((page) => page.playback !== null);
  const said = useLab<string>(phaseWords, "opening");
  const words = recorded ? "recording" : said;
  const done = useLab((lab) => lab.experiments.length, 0);
  const webgpu = usePage((page) => page.webgpu);
  const canStart = phase === "idle";
  const running = phase === "running" || phase === "stopping";
  const stopShort = phase === "stopping" ? "Stopping" : "Stop after this run";
  return (
    <header ref={head} className="masthead">
      <div className="masthead-inner">
        <h1 className="wordmark">
          <RunMoon />
          Overnight
        </h1>
        <p className="masthead-state" data-phase={phase}>
          {tag !== null && (
            <span className={title === tag ? "mono" : ""} title={`Study ${tag}`}>
              {title}
            </span>
          )}
          <span className="phase">{words}</span>
        </p>
        <div className="masthead-actions">
          {phase === "opening" && webgpu ? (
            <EarlyStart />
          ) : (
            (canStart || (!running && phase !== "readonly" && phase !== "damaged")) && (
              <ActionButton
                action="start"
                testId="start"
                kind="primary"
                short={done > 0 ? "Continue" : "Start"}
              />
            )
          )}
          {running && <ActionButton action="stop-after-run" testId="stop-after" short={stopShort} />}
          {running && <ActionButton action="stop-now" testId="stop-now" />}
          <ActionButton action="export-bundle" testId="export" short="Export" />
        </div>
        <PanelBar />
        <div className="masthead-tools">
          <ActionButton action="palette" kind="link" short={isApple ? "⌘K" : "Ctrl K"} />
          <ActionButton action="help" kind="link" short="?" />
        </div>
      </div>
      <ActionFailure actions={["start", "stop-after-run", "stop-now", "export-bundle"]} />
      <Exported />
    </header>
  );
}

/** Full when the run's budget is spent. In steps, so that the head is not painted at every report of a run. */
function RunMoon() {
  const phase = useLab((lab) => {
    if (lab.current?.stage === "training") return Math.round(50 * (stageProgress(lab.current) ?? 0.5)) / 50;
    return lab.phase === "running" || lab.phase === "stopping" ? 0.04 : 0.28;
  }, 0.28);
  return <Moon phase={phase} />;
}

/** While the lab opens, Start is already there to be pressed. */
function EarlyStart() {
  const { page } = useActions();
  const wanted = usePage((p) => p.startWanted);
  return (
    <button
      type="button"
      className="button button-primary"
      data-testid="start-early"
      aria-pressed={wanted}
      title={
        wanted
          ? "It starts as soon as the lab is open; press again to wait"
          : "Start as soon as the lab is open"
      }
      onClick={() => {
        page.setState({ startWanted: !wanted });
      }}
    >
      {wanted ? "Starting…" : "Start"}
    </button>
  );
}

/** After an export: how to read the file. */
function Exported() {
  const name = usePage((page) => page.exported);
  return name === null ? null : (
    <p className="exported" role="status">
      {name} is in your downloads. Any git reads it: <code>git clone {name}</code>
    </p>
  );
}

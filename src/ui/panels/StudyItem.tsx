// One study in the list of all: its name, its size and its actions.

import { useState } from "react";
import type { StudyRow } from "../../research/index.ts";
import { useAction, useActions, useLab, usePage } from "../actions/context.ts";
import { studyAction, type StudyVerb } from "../actions/studies.ts";
import { titleOf } from "../state/stages.ts";
import { lineOf, plural } from "../state/format.ts";

interface Props {
  readonly tag: string;
  readonly row: StudyRow | undefined;
}

export function StudyItem({ tag, row }: Props) {
  const open = useLab((lab) => lab.study?.tag === tag, false);
  const title = usePage((page) => titleOf(page, tag));
  const onChart = usePage((page) => page.beside?.tag === tag);
  const [naming, setNaming] = useState(false);
  return (
    <li data-testid="study" data-tag={tag}>
      <span className={title === tag ? "mono" : ""}>{title}</span>{" "}
      {title !== tag && <span className="mono quiet">{tag}</span>}{" "}
      <span className="quiet">
        {row === undefined ? "" : figures(row)}
        {open && ", open"}
      </span>{" "}
      {naming ? (
        <NameForm
          tag={tag}
          title={title}
          onDone={() => {
            setNaming(false);
          }}
        />
      ) : (
        <>
          {!open && <StudyButton verb="open" tag={tag} short="Open" />}
          {!open && (
            <StudyButton verb="beside" tag={tag} short={onChart ? "Off the chart" : "On the chart"} />
          )}
          <button
            type="button"
            className="button button-link"
            aria-label={`Rename study ${title}`}
            onClick={() => {
              setNaming(true);
            }}
          >
            Rename
          </button>{" "}
          {!open && <StudyButton verb="delete" tag={tag} short="Delete" />}
        </>
      )}
    </li>
  );
}

function figures({ experiments, changedAt }: StudyRow): string {
  const day = new Date(changedAt).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return `${plural(experiments, "experiment")}, ${day}`;
}

function NameForm({ tag, title, onDone }: { readonly tag: string; readonly title: string; onDone(): void }) {
  const { client } = useActions();
  const [text, setText] = useState(title);
  const [failure, setFailure] = useState<string | null>(null);
  const save = async () => {
    try {
      await client.nameStudy(tag, text.trim() === tag ? "" : text);
      onDone();
    } catch (error) {
      setFailure(lineOf(error));
    }
  };
  return (
    <form
      className="name-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onDone();
      }}
    >
      <input
        autoFocus
        aria-label={`Name of study ${tag}; empty: ${tag} again`}
        data-testid="study-name"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
        }}
      />{" "}
      <button type="submit" className="button button-plain">
        Save
      </button>
      {failure !== null && (
        <p className="failure" role="alert">
          {failure}
        </p>
      )}
    </form>
  );
}

interface ButtonProps {
  readonly verb: StudyVerb;
  readonly tag: string;
  readonly short: string;
}

export function StudyButton({ verb, tag, short }: ButtonProps) {
  const [action] = useState(() => studyAction(verb, tag));
  const { label, available, failure, run } = useAction(action);
  return (
    <>
      <button
        type="button"
        className="button button-link"
        aria-label={`${short}: ${label}`}
        data-testid={`${verb}-study`}
        disabled={!available}
        title={available ? undefined : "Stop the running study first"}
        onClick={run}
      >
        {short}
      </button>{" "}
      {failure !== null && (
        <p className="failure" role="alert">
          {failure}
        </p>
      )}
    </>
  );
}

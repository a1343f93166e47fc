// A table of the reader's own: the file, its target, and how its rows are dealt out.

import { builtFrom } from "../actions/conditions.ts";
import { useActions, usePage } from "../actions/context.ts";
import { findAction, perform } from "../actions/first.ts";
import { bringFile } from "../actions/text.ts";
import { ActionFailure } from "../frame/ActionButton.tsx";

export function ArenaFile({ id }: { readonly id: string }) {
  const context = useActions();
  const types = usePage((page) => builtFrom(page)?.types ?? null);
  const file = usePage((page) => page.arenaFile);
  if (types === null) return null;
  const set = (name: string, value: string) => {
    context.page.setState(({ arenaFile }) => {
      if (arenaFile === null) return {};
      const { [name]: _, ...others } = arenaFile.options;
      const options = value === "" ? others : { ...others, [name]: value };
      return { arenaFile: { ...arenaFile, options }, arenaCheck: null };
    });
  };
  return (
    <div className="fields">
      <div className="field">
        <label htmlFor={`${id}-file`}>Table</label>
        <input
          id={`${id}-file`}
          type="file"
          data-testid="arena-file"
          accept={types}
          onChange={(event) => {
            const chosen = event.target.files?.[0];
            if (chosen) void perform({ ...findAction("bring-file"), run: bringFile(chosen) }, context);
          }}
        />
        <p className="help">CSV or Parquet. Without one, a generated table stands in.</p>
        <ActionFailure actions={["bring-file"]} />
      </div>
      {file !== null && (
        <>
          <Select
            id={`${id}-target`}
            label="Target"
            value={file.options.target ?? ""}
            options={file.columns.map((name) => [name, name])}
            onChange={(value) => set("target", value)}
          />
          <Select
            id={`${id}-split`}
            label="Rows are dealt out"
            value={file.options.split ?? ""}
            options={[
              ["", "by a hash of the row"],
              ...file.columns.map((name) => [`time:${name}`, `in time, by ${name}`] as const),
              ...file.columns.map((name) => [`group:${name}`, `by group, ${name} together`] as const),
            ]}
            onChange={(value) => set("split", value)}
          />
          <Line id={`${id}-without`} label="Leave out" onChange={(value) => set("without", value)} />
          <Line
            id={`${id}-trust`}
            label="Known before the target"
            onChange={(value) => set("trust", value)}
          />
        </>
      )}
    </div>
  );
}

interface SelectProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, label: string])[];
  onChange(value: string): void;
}

function Select({ id, label, value, options, onChange }: SelectProps) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}

function Line({ id, label, onChange }: Pick<SelectProps, "id" | "label" | "onChange">) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} placeholder="columns, by commas" onChange={(event) => onChange(event.target.value)} />
    </div>
  );
}

// Number fields of the settings: text until it is valid, and what is wrong said under the field.

import { useActions, usePage } from "../context.ts";
import { fieldError, FIELDS, type FormName } from "../settings.ts";

interface Props {
  readonly fields: readonly FormName[];
  readonly prefix?: string;
}

export function SettingsFields({ fields, prefix = "set" }: Props) {
  return (
    <div className="fields">
      {fields.map((name) => (
        <NumberField key={name} name={name} id={`${prefix}-${name}`} />
      ))}
    </div>
  );
}

function NumberField({ name, id }: { readonly name: FormName; readonly id: string }) {
  const { page } = useActions();
  const text = usePage((p) => p.form[name]);
  const field = FIELDS[name];
  const error = fieldError(name, text);
  return (
    <div className="field">
      <label htmlFor={id}>{field.label}</label>
      <span className="field-input">
        <input
          id={id}
          name={name}
          data-testid={`setting-${field.parameter}`}
          inputMode="numeric"
          autoComplete="off"
          value={text}
          aria-invalid={error !== null}
          aria-describedby={`${id}-help`}
          onChange={(event) => {
            const value = event.target.value;
            page.setState((old) => ({ form: { ...old.form, [name]: value } }));
          }}
        />
        {field.unit !== "" && <span className="unit">{field.unit}</span>}
      </span>
      <p id={`${id}-help`} className={error === null ? "help" : "failure"}>
        {error ?? field.help}
      </p>
    </div>
  );
}

// The fields of the settings: a number stays text until it is valid, with its error under the field.

import { PARAMETERS } from "../../research/contract/settings.ts";
import { useActions, usePage } from "../actions/context.ts";
import { type ChoiceName, CHOICES, fieldError, FIELDS, type NumberName } from "../state/settings.ts";

interface Props {
  readonly fields: readonly NumberName[];
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

/** The budget in tokens and the context, folded away. */
export function SizeFields({ prefix = "set" }: { readonly prefix?: string }) {
  return (
    <details className="verdict-settings">
      <summary>Budget in tokens, context</summary>
      <SettingsFields fields={["budgetTokens", "context"]} prefix={prefix} />
    </details>
  );
}

/** The settings of the verdict, folded away, because the defaults suit most studies. */
export function VerdictFields({ prefix = "set" }: { readonly prefix?: string }) {
  return (
    <details className="verdict-settings">
      <summary>How verdicts are reached</summary>
      <div className="fields">
        <ChoiceField name="rule" id={`${prefix}-rule`} />
        {(["replicates", "cap", "minimumGain"] as const).map((name) => (
          <NumberField key={name} name={name} id={`${prefix}-${name}`} />
        ))}
        <ChoiceField name="earlyStop" id={`${prefix}-earlyStop`} />
      </div>
    </details>
  );
}

function ChoiceField({ name, id }: { readonly name: ChoiceName; readonly id: string }) {
  const { page } = useActions();
  const value = usePage((p) => p.form[name]);
  const { label, help, options } = CHOICES[name];
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <span className="field-input">
        <select
          id={id}
          name={name}
          data-testid={`setting-${PARAMETERS[name]}`}
          value={value}
          aria-describedby={`${id}-help`}
          onChange={(event) => {
            const chosen = event.target.value;
            page.setState((old) => ({ form: { ...old.form, [name]: chosen } }));
          }}
        >
          {options.map(([option, words]) => (
            <option key={option} value={option}>
              {words}
            </option>
          ))}
        </select>
      </span>
      <p id={`${id}-help`} className="help">
        {help}
      </p>
    </div>
  );
}

function NumberField({ name, id }: { readonly name: NumberName; readonly id: string }) {
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
          data-testid={`setting-${PARAMETERS[name]}`}
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

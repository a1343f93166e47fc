// The files of an arena of the reader's own, to write in place: its manifest, its evaluator, its first candidate.

import { useActions, usePage } from "../actions/context.ts";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";

export function ArenaTexts({ id }: { readonly id: string }) {
  const { page } = useActions();
  const texts = usePage((p) => p.ownTexts);
  if (texts === null) return null;
  return (
    <div className="arena-texts" data-testid="arena-texts">
      {Object.entries(texts).map(([name, text]) => (
        <details key={name} open={name === "evaluate.ts"}>
          <summary>{name}</summary>
          <textarea
            id={`${id}-${name}`}
            aria-label={name}
            className="mono"
            rows={12}
            spellCheck={false}
            value={text}
            onChange={(event) => {
              const { value } = event.target;
              page.setState(({ ownTexts }) => ({ ownTexts: { ...ownTexts, [name]: value } }));
            }}
          />
        </details>
      ))}
      <div className="button-row">
        <ActionButton action="open-arena" testId="open-arena" short="Open this arena" />
        <button
          type="button"
          className="button button-link"
          onClick={() => {
            page.setState({ ownTexts: null });
          }}
        >
          Close its files
        </button>
      </div>
      <ActionFailure actions={["open-arena"]} />
    </div>
  );
}

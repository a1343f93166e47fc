// The choice of a new study's arena: the GPT's, or another work that has a score; with the reader's own file or folder.

import { GPT_ARENA } from "../../research/contract/arena-view.ts";
import type { ArenaOption } from "../../research/index.ts";
import { chosenArena, OWN } from "../actions/conditions.ts";
import { useActions, useLab, usePage } from "../actions/context.ts";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";
import { ArenaCheckCard } from "./ArenaCheckCard.tsx";
import { ArenaFile } from "./ArenaFile.tsx";
import { ArenaTexts } from "./ArenaTexts.tsx";

const NONE: readonly ArenaOption[] = [];

export function ArenaField({ id }: { readonly id: string }) {
  const { page } = useActions();
  const options = useLab((lab) => lab.arenas, NONE);
  const chosen = usePage(chosenArena);
  const own = usePage((p) => p.ownArena);
  const isOwn = usePage((p) => p.arena === OWN);
  const unopened = isOwn && own === null;
  const noDevice = useLab((lab) => lab.noDevice, null);
  if (options.length === 0) return null;
  const choices = [GPT_ARENA, ...options.map(({ arena }) => arena)].map(
    ({ id: value, title }) => [value, title] as const,
  );
  return (
    <div className="arena">
      <div className="field">
        <label htmlFor={id}>Arena</label>
        <span className="field-input">
          <select
            id={id}
            name="arena"
            data-testid="setting-arena"
            value={isOwn ? OWN : chosen.id}
            aria-describedby={`${id}-help`}
            onChange={(event) => {
              page.setState({ arena: event.target.value, arenaCheck: null });
            }}
          >
            {choices.map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
            <option value={OWN}>
              {own === null ? "An arena of your own…" : `${own.arena.title} (your own)`}
            </option>
          </select>
        </span>
        <p id={`${id}-help`} className="help">
          {unopened
            ? "Its evaluator runs in a sandbox of its own; both files are frozen for the study."
            : chosen.trains && noDevice !== null
              ? `This one needs a GPU: ${noDevice}.`
              : `Score: ${chosen.unit}, lower is better.`}
        </p>
      </div>
      <ArenaFile id={id} />
      <div className="button-row">
        {isOwn && <ActionButton action="write-arena" short="Write it here" hideWhenUnavailable />}
        {isOwn && <ActionButton action="bring-arena" short="Bring its folder…" />}
        {!chosen.trains && !unopened && (
          <ActionButton action="check-arena" testId="check-arena" short="Readiness check" />
        )}
      </div>
      <ActionFailure actions={["write-arena", "bring-arena", "check-arena"]} />
      <ArenaTexts id={id} />
      <ArenaCheckCard />
    </div>
  );
}

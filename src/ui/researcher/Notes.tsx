// Notes from the human to the model, sent with the next prompt.

import { useState } from "react";
import { useAsk } from "./ask.ts";
import { Failure } from "./Failure.tsx";

export function Notes({ notes }: { readonly notes: readonly string[] }) {
  const [text, setText] = useState("");
  const { failure, ask } = useAsk();
  return (
    <form
      className="field"
      onSubmit={(event) => {
        event.preventDefault();
        void ask({ type: "note", text }).then((answer) => {
          if (answer !== undefined) setText("");
        });
      }}
    >
      <label htmlFor="researcher-note">Note for the next proposal</label>
      <textarea
        id="researcher-note"
        data-testid="researcher-note"
        rows={2}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
        }}
      />
      <button type="submit" className="button button-plain" disabled={text.trim() === ""}>
        Add note
      </button>
      <Failure text={failure} />
      <ul data-testid="notes">
        {notes.map((note, index) => (
          <li key={`${index} ${note}`}>
            {note}{" "}
            <button
              type="button"
              className="button button-link"
              onClick={() => void ask({ type: "drop-note", index })}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
    </form>
  );
}

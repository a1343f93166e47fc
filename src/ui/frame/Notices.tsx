// The lab's notices, newest last, each until it is dismissed. Errors interrupt a screen reader, other notices wait.

import type { LabNotice } from "../../research/index.ts";
import { useActions, useLab } from "../actions/context.ts";

const NONE: readonly LabNotice[] = [];
const WORDS = { info: "Note", warning: "Warning", error: "Error" } as const;

export function Notices() {
  const notices = useLab((lab) => lab.notices, NONE);
  const urgent = notices.filter((n) => n.level === "error");
  const calm = notices.filter((n) => n.level !== "error");
  return (
    <div className="notices">
      <div role="alert">
        {urgent.map((n) => (
          <Notice key={n.id} notice={n} />
        ))}
      </div>
      <div role="status" aria-live="polite">
        {calm.map((n) => (
          <Notice key={n.id} notice={n} />
        ))}
      </div>
    </div>
  );
}

function Notice({ notice }: { readonly notice: LabNotice }) {
  const { client } = useActions();
  return (
    <div className={`notice notice-${notice.level}`} data-testid="notice" data-level={notice.level}>
      <p>
        <strong>{WORDS[notice.level]}.</strong> {notice.text}
      </p>
      <button
        type="button"
        className="button button-link"
        aria-label={`Dismiss: ${notice.text}`}
        onClick={() => void client.dismissNotice(notice.id)}
      >
        Dismiss
      </button>
    </div>
  );
}

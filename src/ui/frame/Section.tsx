// A section of the notebook: its name in the margin, its contents on the ruled side.

import type { ReactNode } from "react";

interface Props {
  readonly id: string;
  readonly title: string;
  /** A few words under the title, in the margin. */
  readonly aside?: ReactNode;
  readonly testId?: string;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Section({ id, title, aside, testId, className = "", children }: Props) {
  return (
    <section id={id} className={`section ${className}`} aria-labelledby={`${id}-title`} data-testid={testId}>
      <div className="margin">
        <h2 id={`${id}-title`} tabIndex={-1}>
          {title}
        </h2>
        {aside !== undefined && <div className="aside">{aside}</div>}
      </div>
      <div className="leaf">{children}</div>
    </section>
  );
}

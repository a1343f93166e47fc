// Loads CodeMirror when the page is idle; until then it shows the plain text.

import { lazy, Suspense, useEffect, useState } from "react";
import type { EditorProps } from "./CodeEditor.tsx";

const CodeEditor = lazy(() => import("./CodeEditor.tsx"));

export function LazyEditor(props: EditorProps) {
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    const want = () => {
      setWanted(true);
    };
    if (typeof requestIdleCallback !== "function") {
      const timer = setTimeout(want, 500); // Safari
      return () => {
        clearTimeout(timer);
      };
    }
    const idle = requestIdleCallback(want, { timeout: 2000 });
    return () => {
      cancelIdleCallback(idle);
    };
  }, []);
  const waiting = (
    <pre className="code-wait" tabIndex={0} role="region" aria-label={props.label}>
      {props.text}
    </pre>
  );
  return wanted ? (
    <Suspense fallback={waiting}>
      <CodeEditor {...props} />
    </Suspense>
  ) : (
    waiting
  );
}

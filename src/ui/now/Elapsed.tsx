// Time since this was first drawn, shown after 3 s: a quick stage needs no clock.

import { useEffect, useState } from "react";
import { clock } from "../state/format.ts";

export function Elapsed() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const began = performance.now();
    const timer = setInterval(() => {
      setSeconds(Math.floor((performance.now() - began) / 1000));
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return seconds < 3 ? null : <span className="quiet mono elapsed"> {clock(seconds)}</span>;
}

// `npm run architecture`: writes the table of folders and rooms into ARCHITECTURE.md.

import { readFileSync, writeFileSync } from "node:fs";
import { foldersAsMarkdown } from "./rooms.ts";

const file = new URL("../ARCHITECTURE.md", import.meta.url);
const text = readFileSync(file, "utf8");
const between = /(<!-- rooms: npm run architecture -->\n\n)[^]*?(\n\n<!-- end of rooms -->)/;
if (!between.test(text)) throw new Error("ARCHITECTURE.md has no place marked for the table of rooms");
writeFileSync(
  file,
  text.replace(between, (_, open: string, close: string) => open + foldersAsMarkdown() + close),
);

// One thing a person can do, and what it may touch.

import type { LabClient } from "../../research/index.ts";
import type { DraftStore } from "../state/drafts.ts";
import type { Page, PageState } from "../state/store.ts";

type ActionGroup = "Study" | "Experiments" | "Chart" | "Editors" | "Text" | "Page";

export interface Action {
  readonly id: string;
  readonly group: ActionGroup;
  /** What a button says: it may depend on what is there ("Start", "Resume"). */
  readonly label: (page: PageState) => string;
  /** See shortcuts.ts. */
  readonly keys?: string;
  /** A held key does it again and again. */
  readonly repeats?: boolean;
  readonly available: (page: PageState) => boolean;
  /** May throw: the line is then shown where the action was asked for. */
  readonly run: (context: ActionContext) => Promise<void> | void;
}

/** What actions may touch beyond the store: the lab, and the few things only a browser can do. */
export interface ActionContext {
  readonly page: Page;
  readonly client: LabClient;
  readonly storage: DraftStore;
  readonly browser: {
    download(name: string, contents: Uint8Array): void;
    /** An SVG document as a picture of `scale` times its size. */
    toPng(
      svg: string,
      size: { readonly width: number; readonly height: number },
      scale?: number,
    ): Promise<Uint8Array>;
    prefersDark(): boolean;
    copy(text: string): Promise<void>;
    jump(section: string): void;
    chooseFile(): void;
    /** Files the reader chooses; none when they change their mind. */
    chooseBundles(): Promise<readonly { name: string; bytes: Uint8Array }[]>;
    /** A folder to write to; null when the reader changes their mind. */
    chooseFolder(): Promise<FileSystemDirectoryHandle | null>;
    bundlesIn(folder: FileSystemDirectoryHandle): Promise<readonly { name: string; bytes: Uint8Array }[]>;
    setDownloadKept(on: boolean): void;
    setTheme(theme: PageState["theme"]): void;
    setSingleKeys(on: boolean): void;
  };
}

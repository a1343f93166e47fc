// The type of an action of a person, and the context in which it runs.

import type { LabClient, TextFile } from "../../research/index.ts";
import type { DraftStore } from "../state/drafts.ts";
import type { Player } from "../recording/playback.ts";
import type { Page, PageState } from "../state/store.ts";

type ActionGroup = "Study" | "Experiments" | "Chart" | "Editors" | "Text" | "Page";

export interface Action {
  readonly id: string;
  readonly group: ActionGroup;
  /** The text of its button, which may depend on the state ("Start", "Resume"). */
  readonly label: (page: PageState) => string;
  /** See shortcuts.ts. */
  readonly keys?: string;
  /** A held key repeats it. */
  readonly repeats?: boolean;
  /** Other words for it, which find it in the palette. */
  readonly also?: string;
  readonly available: (page: PageState) => boolean;
  /** Why it is not available, in a short sentence; by default nothing is said. */
  readonly why?: (page: PageState) => string | null;
  /** May throw: the error's line is then shown where the action was requested. */
  readonly run: (context: ActionContext) => Promise<void> | void;
}

/** The context of actions: the store, the lab, and the functions of the browser. */
export interface ActionContext {
  readonly page: Page;
  readonly client: LabClient;
  readonly storage: DraftStore;
  /** Of a recorded night; null: a lab of the reader's own. */
  readonly player: Player | null;
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
    /** Loads the page again with another query: `?recording`. */
    visit(search: string): void;
    chooseFile(): void;
    /** The files of a folder, named by their paths; none when the reader cancels. */
    chooseTextFolder(): Promise<readonly TextFile[]>;
    /** Files that the reader chooses; none when the reader cancels. */
    chooseBundles(): Promise<readonly { name: string; bytes: Uint8Array }[]>;
    /** A folder to write to; null when the reader cancels. */
    chooseFolder(): Promise<FileSystemDirectoryHandle | null>;
    bundlesIn(folder: FileSystemDirectoryHandle): Promise<readonly { name: string; bytes: Uint8Array }[]>;
    setDownloadKept(on: boolean): void;
    setStayAwake(on: boolean): void;
    /** False: the browser does not allow it. */
    setNotify(on: boolean): Promise<boolean>;
    setTheme(theme: PageState["theme"]): void;
    setSingleKeys(on: boolean): void;
  };
}

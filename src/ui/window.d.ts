// The lab's client on the page, for the console, the end-to-end tests and the headless lab.

interface Window {
  overnight: import("../research/contract/lab-state.ts").LabClient;
}

/** File System Access, which some browsers lack. */
declare const showDirectoryPicker:
  | ((options: { readonly id: string; readonly mode: "readwrite" }) => Promise<FileSystemDirectoryHandle>)
  | undefined;

// Parts of the File System standard and of File System Access that TypeScript's DOM library leaves out.

/** Only in a dedicated worker, and only for files of the origin private file system. */
interface FileSystemSyncAccessHandle {
  read(buffer: Uint8Array, options?: { readonly at?: number }): number;
  write(buffer: Uint8Array, options?: { readonly at?: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>;
}

interface FileSystemHandle {
  /** Absent where folders cannot be granted. */
  queryPermission?(options: { readonly mode: "read" | "readwrite" }): Promise<PermissionState>;
  /** Only in a window, and only while the user has just acted. */
  requestPermission?(options: { readonly mode: "read" | "readwrite" }): Promise<PermissionState>;
}

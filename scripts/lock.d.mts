export function lock(path: string, busy: (pid: number) => string, patience?: number): Promise<() => void>;

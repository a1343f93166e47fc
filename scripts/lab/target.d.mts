export function checkTargets(args: readonly string[]): void;
export function checkOut(path: string): string;

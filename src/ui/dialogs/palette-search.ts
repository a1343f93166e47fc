// Searches the commands: every typed word must begin a word of the name or of its other words. Names that begin with the
// first typed word come first, commands found by other words last.

export function searchCommands<T extends { readonly label: string; readonly also?: string | undefined }>(
  commands: readonly T[],
  query: string,
): T[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  const split = (text: string) => text.toLowerCase().split(/[^\p{L}\p{N}.]+/u);
  const rank = ({ label, also = "" }: T): number | null => {
    const words = split(label);
    const found = (all: readonly string[]) => wanted.every((w) => all.some((word) => word.startsWith(w)));
    if (!found(words)) return found([...words, ...split(also)]) ? 2 : null;
    return wanted[0] !== undefined && words[0]?.startsWith(wanted[0]) === true ? 0 : 1;
  };
  return commands
    .map((command) => ({ command, rank: rank(command) }))
    .filter((c) => c.rank !== null)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
    .map((c) => c.command);
}

// Searches the commands: every typed word must begin a word of the name; names that begin with the first come first.

export function searchCommands<T extends { readonly label: string }>(
  commands: readonly T[],
  query: string,
): T[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = (label: string): number | null => {
    const words = label.toLowerCase().split(/[^\p{L}\p{N}.]+/u);
    if (!wanted.every((w) => words.some((word) => word.startsWith(w)))) return null;
    return wanted[0] !== undefined && words[0]?.startsWith(wanted[0]) === true ? 0 : 1;
  };
  return commands
    .map((command) => ({ command, rank: rank(command.label) }))
    .filter((c) => c.rank !== null)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
    .map((c) => c.command);
}

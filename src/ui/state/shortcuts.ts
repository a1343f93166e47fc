// Keyboard shortcuts as text: "s", "Shift+X", "Mod+K" (Mod is Ctrl, on Apple machines Cmd). Single letters are
// silent while something is being typed, and can be switched off (WCAG 2.1.4).

interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** "Mod+K" in its parts; a plus alone is a key. */
const partsOf = (keys: string): string[] => keys.split(/\+(?=.)/);

/** Whether a key press is the shortcut. Where Shift yields another character ("?"), that character decides. */
export function matches(keys: string, press: KeyPress): boolean {
  const parts = partsOf(keys);
  const key = parts.at(-1) ?? "";
  const wantsMod = parts.includes("Mod");
  if (press.altKey || wantsMod !== (press.ctrlKey || press.metaKey)) return false;
  if (parts.includes("Shift") && !press.shiftKey) return false;
  if (/^[a-z]$/i.test(key)) {
    if (!parts.includes("Shift") && press.shiftKey) return false;
    return press.key.toLowerCase() === key.toLowerCase();
  }
  return press.key === key;
}

/** Whether a shortcut has no modifier, so that it would interfere with typing. */
export function isSingleKey(keys: string): boolean {
  return !keys.includes("Mod+") && keys !== "Escape";
}

/** The keys to show on this machine: ["Ctrl", "K"] or ["⌘", "K"]. */
export function keyCaps(keys: string, apple: boolean): string[] {
  return partsOf(keys).map((part) => {
    if (part === "Mod") return apple ? "⌘" : "Ctrl";
    return part.length === 1 ? part.toUpperCase() : part;
  });
}

/** Whether a key press belongs to a control that takes text or opens with keys. */
export function isTyping(target: unknown): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement)
    return !["button", "checkbox", "radio", "file"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

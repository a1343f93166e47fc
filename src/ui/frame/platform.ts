// Whether the keyboard is Apple's: shortcuts then use Command.

export const isApple = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

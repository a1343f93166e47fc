// The one thing the page asks about the machine's keyboard.

export const isApple = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

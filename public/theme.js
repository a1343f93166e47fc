// The theme, before anything is drawn; the page sets and keeps it (src/ui/state/theme.ts).
try {
  const theme = localStorage.getItem("overnight:theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden here: then it is the system's.
}

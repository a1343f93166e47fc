// The page's colours for a picture that leaves it; the same as in styles/tokens.css, which a test compares.

export interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly ink2: string;
  readonly ink3: string;
  readonly rule: string;
  readonly rule2: string;
  readonly accent: string;
  readonly ghost: string;
  readonly crash: string;
  readonly invalid: string;
}

export const LIGHT: Palette = {
  paper: "#fdfdfb",
  ink: "#1a2233",
  ink2: "#465066",
  ink3: "#5c677b",
  rule: "#dfe4ea",
  rule2: "#8691a3",
  accent: "#22459c",
  ghost: "#8a93a3",
  crash: "#b02a20",
  invalid: "#7a3c9c",
};

export const DARK: Palette = {
  paper: "#10151f",
  ink: "#e7eaf1",
  ink2: "#b3bccc",
  ink3: "#8f9aae",
  rule: "#273043",
  rule2: "#66728a",
  accent: "#f0b95a",
  ghost: "#7d889c",
  crash: "#ff8f80",
  invalid: "#c9a2f2",
};

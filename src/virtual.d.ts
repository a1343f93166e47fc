// Modules that Vite plugins of ours provide; see scripts/vite-*.ts.

declare module "virtual:typings" {
  /** Declaration files by path. */
  const files: Readonly<Record<string, string>>;
  export default files;
}

declare module "virtual:trainer" {
  /** The trainer worker as one script. */
  const source: string;
  export default source;
}

declare module "virtual:realm" {
  /** The realm of an arena's candidate as one script. */
  const source: string;
  export default source;
}

declare module "*.wgsl?raw" {
  const text: string;
  export default text;
}

declare module "virtual:standalone" {
  /** The script that runs an exported model. */
  const source: string;
  export default source;
}

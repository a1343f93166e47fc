// Modules that Vite plugins of ours provide; see scripts/vite-*.ts.

declare module "virtual:typings" {
  /** Declaration files by path. */
  const files: Readonly<Record<string, string>>;
  export default files;
}

declare module "*.wgsl?raw" {
  const text: string;
  export default text;
}

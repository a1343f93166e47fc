// Compares pictures of a page with references. A picture is a quarter of the page's size in each direction, and its text
// is blocks (block-font.ts), so that neither fonts nor their smoothing matter: layout, colours and marks do.
import type { Page } from "@playwright/test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { blockFont } from "./block-font.ts";

const SCALE = 4;
/** A pixel differs if one of its colours differs by more than this, of 255. */
const STEP = 36;

const STYLE = `
  @font-face { font-family: Blocks; src: url(data:font/ttf;base64,${blockFont().toString("base64")}); }
  :root { --sans: Blocks; --serif: Blocks; --mono: Blocks; }
  *, *::before, *::after { font-family: Blocks !important; caret-color: transparent !important; }
  .elapsed { visibility: hidden; }
`;

/** Replaces the text of a page by blocks. */
export async function drawBlocks(page: Page): Promise<void> {
  await page.addStyleTag({ content: STYLE });
  await page.evaluate(async () => {
    await document.fonts.load("16px Blocks");
    await document.fonts.ready;
    dispatchEvent(new Event("resize"));
  });
}

/** The page's picture as a PNG. */
export async function takePicture(page: Page): Promise<Buffer> {
  const shot = await page.screenshot({ animations: "disabled" });
  const small = await page.evaluate(
    async ({ base64, scale }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes]));
      const canvas = new OffscreenCanvas(Math.round(image.width / scale), Math.round(image.height / scale));
      const context = canvas.getContext("2d");
      if (context === null) throw new Error("no canvas");
      context.imageSmoothingQuality = "high";
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      const blob = await canvas.convertToBlob({ type: "image/png" });
      return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
    },
    { base64: shot.toString("base64"), scale: SCALE },
  );
  return Buffer.from(small, "base64");
}

/** The share of pixels that differ between two PNGs, 0 to 1; 1 where their sizes differ. */
async function difference(page: Page, a: Buffer, b: Buffer): Promise<number> {
  return page.evaluate(
    async ({ pictures, step }) => {
      const [one, other] = await Promise.all(
        pictures.map(async (base64) => {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          const image = await createImageBitmap(new Blob([bytes]));
          const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
          if (context === null) throw new Error("no canvas");
          context.drawImage(image, 0, 0);
          return context.getImageData(0, 0, image.width, image.height);
        }),
      );
      if (one === undefined || other === undefined) throw new Error("two pictures are compared");
      if (one.width !== other.width || one.height !== other.height) return 1;
      let differing = 0;
      for (let at = 0; at < one.data.length; at += 4)
        if ([0, 1, 2].some((c) => Math.abs((one.data[at + c] ?? 0) - (other.data[at + c] ?? 0)) > step))
          differing++;
      return differing / (one.width * one.height);
    },
    { pictures: [a.toString("base64"), b.toString("base64")], step: STEP },
  );
}

interface Files {
  readonly reference: string;
  /** Where the picture is written when it differs. */
  readonly actual: string;
  /** Write the reference anew. */
  readonly renew: boolean;
}

/** Pictures taken until one is like the reference: fonts, panels and editors load, and the chart is drawn, a little later. */
const TRIES = 12;

/** The share of pixels in which the page differs from its reference; 1 without one. */
export async function compareWithReference(page: Page, files: Files, allowed: number): Promise<number> {
  const known = existsSync(files.reference) ? readFileSync(files.reference) : null;
  const shareOf = (picture: Buffer) =>
    known === null ? Promise.resolve(1) : difference(page, picture, known);
  let picture = await takePicture(page);
  let share = await shareOf(picture);
  for (let tries = 1; tries < TRIES && share > allowed; tries++) {
    await page.waitForTimeout(500);
    const before = picture;
    picture = await takePicture(page);
    share = await shareOf(picture);
    // A new reference shows a page that has settled.
    if (files.renew && tries > 3 && (await difference(page, before, picture)) === 0) break;
  }
  const write = (path: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, picture);
  };
  // A picture that has not changed keeps its bytes, so that a renewal touches only what did.
  if (share > allowed) write(files.renew ? files.reference : files.actual);
  return files.renew ? 0 : share;
}

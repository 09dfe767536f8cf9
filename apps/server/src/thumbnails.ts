import type { MakeThumbnail } from "@chatee/api/files/thumbnails";

const longestPx = 512;
/** Of the original; a picture that says it is larger is a bomb. */
const maxPixels = 100_000_000;
const timeoutS = 10;
/** What is known to be a picture by its first bytes, and nothing else that libvips could read. */
const loaders = ["Jpeg", "Png", "Webp", "Nsgif", "Heif"].map((name) => `VipsForeignLoad${name}`);

/** In libvips's own threads: nobody else waits. */
export function createMakeThumbnail(): MakeThumbnail {
  const opening = async () => {
    const { default: sharp } = await import("sharp");
    sharp.cache(false);
    sharp.concurrency(1);
    sharp.block({ operation: ["VipsForeignLoad"] });
    sharp.unblock({ operation: loaders });
    return sharp;
  };
  let opened: ReturnType<typeof opening> | null = null;
  return async (picture) => {
    const sharp = await (opened ??= opening());
    // Broken pictures are shown as far as they go, as browsers do.
    return await sharp(picture, { limitInputPixels: maxPixels, autoOrient: true, failOn: "none" })
      .resize({ width: longestPx, height: longestPx, fit: "inside", withoutEnlargement: true })
      .webp({ quality: 80 })
      .timeout({ seconds: timeoutS })
      .toBuffer();
  };
}

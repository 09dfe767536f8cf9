import { createStore } from "../api/store.ts";

export type ShownPicture = {
  src: string;
  /** Its title, and what is read aloud for it. */
  name: string;
  download: { href: string; fileName: string };
  /** What was pressed; gets the focus back. */
  opener: HTMLElement;
};

/**
 * The picture that lies over the screen. Not kept by the row that shows it: an answer that grows meanwhile pushes that
 * row out of the page.
 */
export const shownPicture = createStore<ShownPicture | null>(null);

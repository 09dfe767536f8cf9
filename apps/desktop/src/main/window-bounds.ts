import type { SavedBounds } from "./preferences.ts";

export type Area = { x: number; y: number; width: number; height: number };

export const minSize = { width: 420, height: 480 };
const usual = { width: 1_240, height: 820 };
/** Of the title bar, so that the window can be taken hold of. */
const visiblePx = 80;

/**
 * Where a window opens: where it was, if a person can still see and move it there, else in the middle of the first
 * display. Never larger than the display it is on; displays come and go between two starts.
 */
export function fitBounds(saved: SavedBounds | null, displays: readonly Area[]): Area {
  const [first = { x: 0, y: 0, ...usual }] = displays;
  const home = saved && displays.find((area) => isReachable(saved, area));
  if (!saved || !home) {
    const size = limited(saved ?? usual, first);
    return {
      x: Math.round(first.x + (first.width - size.width) / 2),
      y: Math.round(first.y + (first.height - size.height) / 2),
      ...size,
    };
  }
  const size = limited(saved, home);
  return {
    x: between(saved.x, home.x - size.width + visiblePx, home.x + home.width - visiblePx),
    y: between(saved.y, home.y, home.y + home.height - visiblePx),
    ...size,
  };
}

function limited(wanted: { width: number; height: number }, area: Area): { width: number; height: number } {
  return {
    width: Math.min(Math.max(wanted.width, minSize.width), area.width),
    height: Math.min(Math.max(wanted.height, minSize.height), area.height),
  };
}

/** Some of the title bar lies within the area. */
function isReachable(window: Area, area: Area): boolean {
  const width = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  return width >= visiblePx && window.y >= area.y && window.y <= area.y + area.height - visiblePx;
}

function between(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

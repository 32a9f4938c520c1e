/**
 * Which rows of very many are drawn. Not TanStack Virtual: a browser lays out at most some 33 million
 * pixels, and a million rows are more than that; here the scrolled height is bounded and rows are
 * placed by proportion, so that the last row can always be reached. Pure.
 */

/** The tallest scrolled area, in pixels; below what Chromium and WebKit can lay out. */
const MAX_HEIGHT_PX = 24_000_000;
/** Rows drawn above and below what is seen. */
const SPARE_ROWS = 8;

export interface Window {
  /** The scrolled height. */
  height: number;
  /** First row drawn. */
  first: number;
  /** Last row drawn, included; less than `first` where there is none. */
  last: number;
  /** Where the first row drawn lies, from the top of the scrolled area. */
  top: number;
}

export function windowOf(scrollTop: number, seen: number, total: number, row: number): Window {
  const real = total * row;
  const height = Math.min(real, MAX_HEIGHT_PX);
  const ratio = height > seen ? (real - seen) / (height - seen) : 1;
  // Where the view would be if the area were as tall as its rows.
  const at = Math.max(0, Math.min(scrollTop * ratio, real - seen));
  const first = Math.max(0, Math.floor(at / row) - SPARE_ROWS);
  const last = Math.min(total - 1, Math.ceil((at + seen) / row) + SPARE_ROWS);
  return { height, first, last, top: scrollTop + (first * row - at) };
}

/** Where to scroll so that a row is seen; `null` where it already is. */
export function scrollTo(
  index: number,
  scrollTop: number,
  seen: number,
  total: number,
  row: number,
): number | null {
  const real = total * row;
  const height = Math.min(real, MAX_HEIGHT_PX);
  const ratio = height > seen ? (real - seen) / (height - seen) : 1;
  const at = scrollTop * ratio;
  const wanted =
    index * row < at ? index * row : (index + 1) * row > at + seen ? (index + 1) * row - seen : null;
  return wanted === null ? null : wanted / ratio;
}

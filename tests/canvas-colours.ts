import type { Page } from 'playwright-core';

/** `#ffc46b` as red, green and blue. */
export const PERSON_COLOUR = [0xff, 0xc4, 0x6b];

/** Whether the first canvas that matches contains a line of this colour. */
export function hasColour(page: Page, selector: string, [red, green, blue]: readonly number[]): Promise<boolean> {
  return page.evaluate<boolean>(`(() => {
    const canvas = document.querySelector(${JSON.stringify(selector)});
    // Read a copy: the browser warns about a canvas that is read often.
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    let found = 0;
    for (let at = 0; at < data.length; at += 4)
      if (data[at] === ${red} && data[at + 1] === ${green} && data[at + 2] === ${blue}) found += 1;
    return found > 20;
  })()`);
}

/** The number of different colours in the first canvas that matches. */
export function coloursIn(page: Page, selector: string): Promise<number> {
  // A string, because the globals of the page have no types here.
  return page.evaluate<number>(`(() => {
    const canvas = document.querySelector(${JSON.stringify(selector)});
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })()`);
}

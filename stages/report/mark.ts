/** The product's mark, ours: an eye whose iris is a sound wave spreading. */
export const MARK =
  '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M2 16Q16 1 30 16Q16 31 2 16Z" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"/><circle cx="16" cy="16" r="2.4" fill="currentColor"/><path d="M20.2 11.8a6 6 0 0 1 0 8.4M11.8 20.2a6 6 0 0 1 0-8.4" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/></svg>';

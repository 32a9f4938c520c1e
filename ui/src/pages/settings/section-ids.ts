/** The sections of the settings, in the order of the list: what addresses and the palette name. */
export const SECTION_IDS = ["appearance", "desktop", "platforms", "copy", "keys", "sessions"] as const;
export type SectionId = (typeof SECTION_IDS)[number];

// How long a prompt may be where the org masks personal data. The cap is counted in characters and is the same for every model.

/** The longest that was measured to pass; 462,000 were refused (reference 2.10). */
export const MASKED_CHARACTERS_MAX = 459_000;

/** Nobody knows whether the texts are counted or the body that they are sent in, which is longer by its frame. */
const MARGIN_CHARACTERS = 4_000;

/** What a conversation is cut to, so that it is not refused. */
export const MASKED_CHARACTERS_KEPT = MASKED_CHARACTERS_MAX - MARGIN_CHARACTERS;

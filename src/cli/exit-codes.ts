// How the program ends, for scripts and monitors: the predecessor's health check had the first two.

export const EXIT_HEALTHY = 0;
/** Something failed or needs attention. */
export const EXIT_ATTENTION = 1;
/** The configuration or the command line cannot be used. */
export const EXIT_UNUSABLE = 2;

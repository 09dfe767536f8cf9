/** How long a temporary session lives after its last activity. Without a schema library: the first screen says it. */
export const temporaryLifetimeMs = 86_400_000;

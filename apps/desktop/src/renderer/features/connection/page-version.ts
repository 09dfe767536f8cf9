declare const __CHATEE_VERSION__: string;

/** The version that this page was built as; its server was built with it, unless one of the two was updated since. */
export const pageVersion: string = __CHATEE_VERSION__;

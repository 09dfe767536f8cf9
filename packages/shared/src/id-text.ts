/** What an id is made of; without a schema library, for what a page reads first. */
export const idText = /^[A-Za-z0-9._:-]+$/;
export const maxIdChars = 100;

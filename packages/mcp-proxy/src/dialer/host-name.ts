/** Names under which clouds hand out a machine's credentials; refused before they are looked up. */
const metadataNames = new Set([
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "metadata.azure.internal",
  "metadata.azure.com",
  "metadata.packet.net",
  "metadata.tencentyun.com",
  "metadata.platformequinix.com",
  "instance-data",
  "instance-data.ec2.internal",
  "rancher-metadata",
]);

/** Endings that the public name system never delegates, or that networks use among themselves. */
const localEndings = [
  ".localhost",
  ".local",
  ".internal",
  ".lan",
  ".home",
  ".home.arpa",
  ".corp",
  ".intranet",
  ".private",
  ".test",
];

export const isMetadataName = (name: string): boolean => metadataNames.has(toPlainName(name));

/** `localhost` and what is under it: this machine, whatever a resolver says (RFC 6761). */
export const isLocalhost = (name: string): boolean => /(^|\.)localhost$/.test(toPlainName(name));

/**
 * A name that only the own network can have meant: one word, or a local ending. Nobody elsewhere can point such a
 * name at a private address, as everybody can with a public one.
 */
export function isLocalName(name: string): boolean {
  const plain = toPlainName(name);
  return !plain.includes(".") || localEndings.some((ending) => plain.endsWith(ending));
}

function toPlainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

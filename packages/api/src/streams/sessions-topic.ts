/** Rung when the list of an owner's sessions has something new. */
export function sessionsTopic(ownerId: string): string {
  return `sessions:${ownerId}`;
}

/**
 * Seals text for storage. `context` names where it is kept (`llm_configs/<id>/api_key`) and is bound into
 * the cipher: text moved to another row does not open.
 */
export type Secrets = {
  seal: (text: string, context: string) => string;
  /** @throws DomainError `secret.unreadable` when the key is not ours or the text was changed. */
  open: (sealed: string, context: string) => string;
};

/**
 * | code                | means                                                                              |
 * | ------------------- | ---------------------------------------------------------------------------------- |
 * | `not_offered`       | the server names nobody at whom one could sign in                                  |
 * | `untrusted`         | metadata that contradicts itself: it speaks for another issuer or another server   |
 * | `unsafe`            | no S256, an address that is not http(s), a token endpoint without TLS              |
 * | `address_refused`   | metadata names an address that chatee does not connect to                          |
 * | `unreachable`       | no answer in time, or none at all; whether it was taken in is not known            |
 * | `bad_answer`        | an answer that is too large or says nothing sensible                               |
 * | `client_needed`     | there is no way to register: somebody has to bring a client id                     |
 * | `client_refused`    | a registration, or the client, was refused                                         |
 * | `wrong_issuer`      | the callback comes from another issuer than the one that was asked, or hides it    |
 * | `grant_refused`     | the code or refresh token is not good (any more)                                   |
 * | `busy`              | asked to come back later                                                           |
 */
export type OAuthProblemCode =
  | "not_offered"
  | "untrusted"
  | "unsafe"
  | "address_refused"
  | "unreachable"
  | "bad_answer"
  | "client_needed"
  | "client_refused"
  | "wrong_issuer"
  | "grant_refused"
  | "busy";

/** Why a sign-in or a refresh came to nothing. No word of anybody else's is in it; the cause is for nobody's eyes. */
export class OAuthProblem extends Error {
  override readonly name = "OAuthProblem";
  readonly code: OAuthProblemCode;
  constructor(code: OAuthProblemCode, options?: { cause?: unknown }) {
    super(`signing in failed: ${code}`, options);
    this.code = code;
  }
}

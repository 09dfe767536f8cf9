export const strings = {
  lost: "The connection to chatee is lost. Trying to reconnect…",
};

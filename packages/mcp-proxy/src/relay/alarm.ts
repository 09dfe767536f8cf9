/** Does something after `ms`, unless what it gives back is called before. */
export type SetAlarm = (ms: number, ring: () => void) => () => void;

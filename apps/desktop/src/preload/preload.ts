import { contextBridge, ipcRenderer } from "electron";
import type { AnnouncementName, Reply } from "../ipc/contract.ts";
import { createDesktopApi } from "./desktop-api.ts";

// Not imported: the contract brings zod, and a page's process has no use for it. The gate compares nothing but these.
const callChannel = "chatee:call";
const announcementChannel = "chatee:announcement";
const localFlag = "--chatee-local";

contextBridge.exposeInMainWorld(
  "chatee",
  createDesktopApi({
    isLocal: process.argv.includes(localFlag),
    call: (name, input) => ipcRenderer.invoke(callChannel, name, input) as Promise<Reply>,
    listen(listener) {
      // The event itself, which has the sender in it, stays here.
      const onAnnouncement = (_event: unknown, name: AnnouncementName, payload: unknown) => listener(name, payload);
      ipcRenderer.on(announcementChannel, onAnnouncement);
      return () => void ipcRenderer.off(announcementChannel, onAnnouncement);
    },
  }),
);

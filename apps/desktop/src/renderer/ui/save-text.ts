/** Long enough for a browser to have begun reading. */
const keptMs = 10_000;

/** Saves a text as a file: into the downloads, or where the person says when asked. */
export function saveText(file: { name: string; mimeType: string; text: string }): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([file.text], { type: file.mimeType }));
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), keptMs);
}

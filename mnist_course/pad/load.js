// Data for a page, such as weights. They come as scripts, because a page opened from disk cannot load
// other files.

const FOLDER = new URL(".", document.currentScript.src);
const loaded = {};

// Called by the data scripts, which the book's build writes (book/_ext/pad.py).
window.mnistCoursePad = (name, data) => (loaded[name] = data);

export function loadData(name) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(`${name}.js`, FOLDER);
    script.onload = () =>
      loaded[name] ? resolve(loaded[name]) : reject(new Error(`${name}.js is damaged`));
    script.onerror = () => reject(new Error(`${name}.js is missing or cannot be read`));
    document.head.append(script);
  });
}

export function decodeBase64(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

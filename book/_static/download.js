// On a page opened from disk, the browser opens the file of a download link instead of downloading
// it. There the file's text is loaded from a script (_ext/page_sources.py) and downloaded.
if (location.protocol === "file:") {
  window.courseDownload = (name, text) => {
    const href = URL.createObjectURL(new Blob([text]));
    Object.assign(document.createElement("a"), { href, download: name }).click();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[download]");
    if (!link || link.protocol !== "file:") return;
    event.preventDefault();
    const script = document.createElement("script");
    script.src = `${link.href}.js`;
    script.onload = () => script.remove();
    document.head.append(script);
  });
}

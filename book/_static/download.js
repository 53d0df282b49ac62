// A page from disk cannot make the browser download the file of a link: it opens the file instead.
// So there the file's text comes as a script (_ext/page_sources.py), and that text is downloaded.
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

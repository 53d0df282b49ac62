"""Put the files that the download buttons of the pages give into the built book.

Sphinx copies each page's source into ``_sources``, for notebooks the notebook itself. Here it gets
the address of this build, as its page does (``address.py``). A page opened from disk cannot make
the browser download a file: there ``download.js`` loads the text as a script and downloads that. It
lies beside each source, with ``.js`` added to the name.
"""

import json
from pathlib import Path

from sphinx.application import Sphinx


def write_sources(app: Sphinx, exception: Exception | None) -> None:
    """Write the source of each page as a file and as a script."""
    if exception or app.builder.name != "html":
        return
    configured, built = app.config.course_address
    for docname in app.env.found_docs:
        source = Path(app.env.doc2path(docname))
        text = source.read_bytes().decode("utf-8").replace(configured, built)
        target = Path(app.outdir, "_sources", docname + source.suffix)
        target.write_bytes(text.encode("utf-8"))
        quoted = ", ".join(json.dumps(part, ensure_ascii=False) for part in (source.name, text))
        script = f"courseDownload({quoted});\n"
        target.with_name(f"{target.name}.js").write_text(script, encoding="utf-8")


def setup(app: Sphinx) -> dict:
    """Register the extension."""
    app.connect("build-finished", write_sources)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

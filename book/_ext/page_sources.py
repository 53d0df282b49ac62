"""Write the files for the pages' download buttons into the built book.

Sphinx copies each page's source, for example the notebook, into ``_sources``. This extension writes
the address of this build into it, as ``address.py`` does for the page. A page opened from disk
cannot make the browser download a file: there ``download.js`` loads the text from a script and
downloads it. The script is beside each source, with ``.js`` added to the name.
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

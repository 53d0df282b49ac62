"""Show a notebook widget's front end in a page. Its connection to Python is part of anywidget."""

import base64

from playwright.sync_api import Page

from tests.support.browser import record_page_errors

RENDER = """
async ([code, state]) => {
  const bytes = (text) => {
    const all = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return new DataView(all.buffer);
  };
  state = Object.fromEntries(Object.entries(state).map(([name, value]) =>
    [name, typeof value === "string" ? bytes(value) : value]));
  const calls = {};
  window.python = {
    saved: 0,
    state,
    get: (name) => state[name],
    set: (name, value) => (state[name] = value),
    save_changes: () => window.python.saved++,
    on: (event, call) => (calls[event] = call),
    off: (event) => delete calls[event],
    calls,
  };
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  window.destroyWidget = await widget.render({ model: window.python, el: document.body });
}
"""


def show_widget(tab: Page, widget, state: dict) -> list[str]:
    """Show a widget in an empty page; return the list to which the page's errors are added.

    Parameters
    ----------
    tab
        A tab with an empty page. There, ``python`` is what the front end knows of the widget.
    widget
        An ``AnyWidget``.
    state
        The traits that ipywidgets would send; bytes arrive as a ``DataView``.
    """
    errors = record_page_errors(tab, "about:")
    sent = {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for name, value in state.items()
    }
    tab.set_content("<!doctype html><title>Notebook</title><body></body>")
    tab.add_style_tag(content=widget._css)
    tab.evaluate(RENDER, [widget._esm, sent])
    return errors


def read_bytes(tab: Page, name: str) -> bytes:
    """Return a trait of bytes that the front end has set."""
    text = tab.evaluate(
        """async (name) => {
          const reader = new FileReader();
          reader.readAsDataURL(new Blob([python.state[name]]));
          await new Promise((resolve) => (reader.onload = resolve));
          return reader.result;
        }""",
        name,
    )
    return base64.b64decode(text.partition(",")[2])

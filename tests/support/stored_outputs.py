"""Compare what a notebook stores with what a run of it gives.

Numbers are compared within a tolerance, the text around them exactly, figures as pictures,
durations not at all. A cell can set its own tolerance in its metadata::

    "check": {"abs": 0.003}     # every number; 0.003 leaves whole numbers exact
    "check": {"rel": 0.05}      # numbers with a decimal point
    "check": {"figure": 8}      # mean difference of two pictures, in grey levels of 255

Outputs of a cell with the tag ``depends-on-data`` are compared only on the data set they were made
on.
"""

import base64
import io
import re

import numpy as np
from PIL import Image

from mnist_course.figures.display import WIDGET_VIEW

DEPENDS_ON_DATA = "depends-on-data"

# Other versions of matplotlib, fonts included, differ by up to 2; another digit by more than 20.
FIGURE_TOLERANCE = 5.0
# A part of a figure, 1/16 of its width and height, may differ more than the whole: a shifted label.
PART_TOLERANCE = 70.0
RELATIVE_TOLERANCE = 1e-5

NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
)
DURATION = re.compile(r"\b\d+(?:\.\d+)?\s?(?:us|µs|ms|s|seconds|minutes)(?:/(?:step|epoch))?\b")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def differences(stored: list, new: list, check: dict | None = None) -> list[str]:
    """Describe how the outputs of a run differ from the stored ones; an empty list if they agree.

    Parameters
    ----------
    stored, new
        Lists of outputs in the notebook format.
    check
        The cell's own tolerances, from its metadata.
    """
    check = check or {}
    unknown = set(check) - {"abs", "rel", "figure"}
    if unknown:
        return [f"the cell's metadata `check` has unknown keys {sorted(unknown)}"]
    left, right = parts(stored), parts(new)
    kinds_left, kinds_right = [kind for kind, _ in left], [kind for kind, _ in right]
    if kinds_left != kinds_right:
        return [f"stored outputs are {kinds_left}, a run gives {kinds_right}"]
    found = []
    for (kind, a), (_, b) in zip(left, right, strict=True):
        if kind.startswith("image/") and kind != "image/svg+xml":
            found += picture_differences(a, b, check.get("figure", FIGURE_TOLERANCE))
        else:
            found += [f"{kind}: {d}" for d in text_differences(a, b, check)]
    return found


def parts(outputs: list) -> list[tuple[str, str]]:
    """Flatten outputs into (kind, content) pairs in a fixed order, without live widgets."""
    streams = {"stdout": "", "stderr": ""}
    flat = []
    for out in outputs:
        kind = out["output_type"]
        if kind == "stream":
            streams[out["name"]] += as_text(out["text"])
        elif kind == "error":
            flat += [("error name", out["ename"]), ("error message", out["evalue"])]
        else:
            data = dict(out["data"])
            is_widget = data.pop(WIDGET_VIEW, None) is not None
            if is_widget and "image/png" not in data:
                continue
            slider = out["metadata"].get("image/png", {}).get("frames")
            flat += [(mime, as_text(data[mime])) for mime in sorted(data)]
            flat += frames(slider) if slider else []
    return [(name, text) for name, text in streams.items() if text] + flat


def frames(slider: dict) -> list[tuple[str, str]]:
    """Flatten a figure with a slider: its start, and each picture with its alt text."""
    flat = [("control", f"{slider['name']}, first picture {slider['start']}")]
    for frame in slider["frames"]:
        flat += [("state", f"{frame['value']}: {frame['alt']}"), ("image/png", frame["png"])]
    return flat


def as_text(content: str | list | dict) -> str:
    """Join the lines that the notebook format may keep apart."""
    return "".join(content) if isinstance(content, list) else str(content)


def text_differences(stored: str, new: str, check: dict) -> list[str]:
    """Compare two texts: words exactly, numbers within the tolerance, spaces not at all."""
    a, b = clean(stored), clean(new)
    if NUMBER.sub("#", a) != NUMBER.sub("#", b):
        return [f"stored {shorten(a)!r}, a run gives {shorten(b)!r}"]
    found = []
    for x, y in zip(NUMBER.findall(a), NUMBER.findall(b), strict=True):
        if not close(x, y, check):
            found.append(f"stored {x}, a run gives {y}")
    return found


def clean(text: str) -> str:
    """Remove what differs between valid runs: durations, colours, widths of columns."""
    text = DURATION.sub("<duration>", ANSI.sub("", text))
    # NumPy pads "8." to the width of "8.1", and 8.6 to that of 10.2.
    text = re.sub(r"(?<=\[) +| +(?=\])", "", text)
    return "\n".join(re.sub(r"[ \t]+", " ", line).rstrip() for line in text.strip().splitlines())


def close(stored: str, new: str, check: dict) -> bool:
    """Compare two written numbers; whole numbers must be equal unless ``abs`` allows otherwise."""
    x, y = (float(number.replace(",", "")) for number in (stored, new))
    whole = not re.search(r"[.eE]", stored + new)
    relative = 0.0 if whole else check.get("rel", RELATIVE_TOLERANCE)
    # The added ulps keep 0.984 and 0.987 within 0.003.
    return abs(x - y) <= max(check.get("abs", 0.0), relative * max(abs(x), abs(y))) + 1e-12


def shorten(text: str, limit: int = 400) -> str:
    """Cut a long text for a message."""
    return text if len(text) <= limit else text[:limit] + "..."


def picture_differences(stored: str, new: str, tolerance: float) -> list[str]:
    """Compare two base64 pictures as 16 x 16 grey thumbnails."""
    a, b = decode(stored), decode(new)
    if any(abs(m - n) > 0.05 * max(m, n) for m, n in zip(a.size, b.size, strict=True)):
        return [f"figure: stored with {a.size} pixels, a run gives {b.size}"]
    gap = np.abs(thumbnail(a) - thumbnail(b))
    if gap.mean() > tolerance or gap.max() > max(PART_TOLERANCE, tolerance):
        return [
            f"figure: another picture (grey levels differ by {gap.mean():.1f} on average and "
            f"{gap.max():.0f} in one part; {tolerance} and {PART_TOLERANCE:.0f} are allowed)"
        ]
    return []


def decode(picture: str) -> Image.Image:
    """Decode a base64 picture onto a white background."""
    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)


def thumbnail(image: Image.Image) -> np.ndarray:
    """Reduce a picture to 16 x 16 grey levels, 0 to 255."""
    return np.asarray(image.convert("L").resize((16, 16), Image.Resampling.BOX), dtype=float)

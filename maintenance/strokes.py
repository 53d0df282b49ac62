"""Draw digits on the canvas of a page by mouse, finger or pen.

The strokes have coordinates from 0 to 1, relative to the canvas.
"""

import math
from collections.abc import Iterable

from playwright.sync_api import CDPSession, Locator, Page

Point = tuple[float, float]


def arc(x: float, y: float, width: float, height: float, start: float, end: float) -> list[Point]:
    """Return points on an ellipse around (x, y), from one angle in degrees to another."""
    steps = max(4, int(abs(end - start) / 30))
    angles = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    return [(x + width * math.cos(a), y + height * math.sin(a)) for a in angles]


# Angles are clockwise from the right, because y grows downwards.
DIGITS: dict[int, list[list[Point]]] = {
    0: [arc(0.5, 0.5, 0.19, 0.29, -90, 270)],
    1: [[(0.55, 0.2), (0.45, 0.8)]],
    2: [[*arc(0.5, 0.36, 0.19, 0.16, -170, 30), (0.3, 0.78), (0.74, 0.78)]],
    3: [arc(0.47, 0.34, 0.18, 0.15, -150, 80) + arc(0.47, 0.64, 0.2, 0.16, -80, 150)],
    4: [[(0.36, 0.22), (0.3, 0.52), (0.68, 0.52)], [(0.64, 0.24), (0.6, 0.82)]],
    5: [
        [(0.36, 0.24), (0.34, 0.48), *arc(0.48, 0.61, 0.19, 0.17, -120, 140)],
        [(0.36, 0.24), (0.68, 0.22)],
    ],
    6: [[(0.6, 0.2), (0.42, 0.42), *arc(0.5, 0.64, 0.16, 0.16, -180, 190)]],
    7: [[(0.28, 0.24), (0.7, 0.24), (0.46, 0.82)]],
    8: [arc(0.5, 0.35, 0.14, 0.13, 90, -270) + arc(0.5, 0.65, 0.17, 0.16, -90, 270)],
    9: [[*arc(0.48, 0.36, 0.16, 0.15, 0, -360), (0.64, 0.36), (0.58, 0.82)]],
}


def on(canvas: Locator, strokes: Iterable[Iterable[Point]]) -> list[list[Point]]:
    """Return strokes in the window's coordinates, at the canvas's current position."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    return [
        [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        for stroke in strokes
    ]


def draw_with_mouse(page: Page, canvas: Locator, strokes: Iterable[Iterable[Point]]) -> None:
    """Draw strokes with the left button held down."""
    for stroke in on(canvas, strokes):
        page.mouse.move(*stroke[0])
        page.mouse.down()
        for point in stroke[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def draw_with_finger(session: CDPSession, canvas: Locator, strokes: Iterable) -> None:
    """Draw strokes by touch, with the events of a touchscreen."""

    def send(kind: str, points: list[Point]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    for stroke in on(canvas, strokes):
        send("touchStart", stroke[:1])
        for point in stroke[1:]:
            send("touchMove", [point])
        send("touchEnd", [])


def draw_with_pen(session: CDPSession, canvas: Locator, strokes: Iterable) -> None:
    """Draw strokes with the pen of a tablet."""

    def send(kind: str, point: Point) -> None:
        x, y = point
        event = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1}
        session.send("Input.dispatchMouseEvent", event | {"pointerType": "pen", "force": 0.5})

    for stroke in on(canvas, strokes):
        send("mousePressed", stroke[0])
        for point in stroke[1:]:
            send("mouseMoved", point)
        send("mouseReleased", stroke[-1])

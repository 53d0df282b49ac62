"""A digest of any text."""

import hashlib


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text, with lone surrogates too, as hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

"""What the images of a request cost: their pixels, and not their data as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from headroom.compressors.images import read_picture
from headroom.errors import FormatError
from headroom.protocols import WireFormat
from headroom.tokenizers import image_rule
from headroom.types import JSON, Path

ImageTokens: TypeAlias = Mapping[Path, tuple[str, int]]
"""By path: an image's data, and the tokens that it costs; 0 where nobody knows."""


def image_tokens(wire_format: WireFormat, messages: JSON, model: str) -> ImageTokens:
    """Returns the images of a request; none where a message is malformed."""
    try:
        conversation = wire_format.read(messages)
    except FormatError:
        return {}
    rule = image_rule(model)
    found: dict[Path, tuple[str, int]] = {}
    for block in (b for message in conversation.messages for b in message.blocks if b.is_image):
        picture = read_picture(block.text)
        cost = rule.tokens(picture.header.size, block.detail or "") if rule and picture else 0
        found[block.path] = block.text, cost
    return found

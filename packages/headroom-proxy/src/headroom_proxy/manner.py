"""What models are asked about the form of their answers, in the words that they get."""

from __future__ import annotations

from headroom.steering import Steering
from headroom_proxy.settings import Manner, Settings

TEXTS: dict[Manner, str] = {
    "off": "",
    "brief": (
        "A note on form from the program that runs this session: keep prose short. Begin with the "
        "result; leave out preambles, restatements of the request, and summaries of what was just "
        "done. Code, commands and tool calls stay complete."
    ),
    "terse": (
        "A note on form from the program that runs this session: write as little prose as is "
        "understood. No preambles, no restatements, no summaries; between tool calls at most one "
        "sentence; results as short lists or a sentence. Code, commands and tool calls stay complete."
    ),
}
"""By setting. To change one changes what new conversations get, and none that is running."""


def steering_of(settings: Settings) -> Steering | None:
    """Returns what the settings ask of models, if anything."""
    if settings.manner == "off" and not settings.effort:
        return None
    text = TEXTS[settings.manner]
    return Steering(text=text, effort=settings.effort, holdout=settings.holdout)

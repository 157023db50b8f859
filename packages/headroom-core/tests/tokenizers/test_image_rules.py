"""What images cost, against the examples that providers publish, and properties of every rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.tokenizers import image_rule
from headroom.tokenizers.images import ImageRule, Size, largest

MODELS = (
    "claude-sonnet-4-5", "claude-opus-5", "gpt-4o", "gpt-4o-mini", "gpt-4.1-nano", "gpt-5",
    "gpt-5.4", "gpt-5.5", "gpt-6-astra", "o3", "gemini-2.5-pro", "gemini-3.5-flash",
)  # fmt: skip
DETAILS = ("", "auto", "low", "high", "original", "?")
SIZES = st.tuples(st.integers(1, 9000), st.integers(1, 9000))


def rule(model: str) -> ImageRule:
    found = image_rule(model)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("model", "size", "detail", "tokens"),
    [
        ("claude-haiku-4-5", (1092, 1092), "", 1521),
        ("claude-haiku-4-5", (3840, 2160), "", 1560),
        ("claude-opus-4-8", (200, 200), "", 64),
        ("claude-opus-4-8", (1920, 1080), "", 2691),
        ("claude-opus-4-8", (3840, 2160), "", 4784),
        ("gpt-4o", (1024, 1024), "high", 765),
        ("gpt-4o", (2048, 4096), "auto", 1105),
        ("gpt-4o", (4096, 8192), "low", 85),
        ("gpt-4.1-mini", (1024, 1024), "", 1659),  # 1024 × 1.62
        ("o4-mini", (1800, 2400), "", 2498),  # 1452 × 1.72
        ("gpt-6-astra", (2560, 1440), "high", 2931),
        ("gpt-6-astra", (4032, 3024), "", 14364),
        ("gpt-5.5", (4032, 3024), "", 11868),
        ("gemini-2.5-pro", (384, 384), "", 258),
        ("gemini-3.5-flash", (4032, 3024), "", 1120),
    ],
)
def test_published_examples(model: str, size: Size, detail: str, tokens: int) -> None:
    assert rule(model).tokens(size, detail) == tokens


@pytest.mark.parametrize(
    ("model", "size", "seen"),
    [
        ("claude-sonnet-4-5", (1075, 1520), (924, 1307)),
        ("claude-sonnet-4-5", (3840, 2160), (1456, 819)),
        ("claude-opus-4-7", (3840, 2160), (2576, 1449)),
        ("claude-opus-4-7", (1920, 1080), (1920, 1080)),
        ("gpt-5-mini", (1800, 2400), (1056, 1408)),
        ("gpt-4o", (2048, 4096), (768, 1536)),
        ("gpt-5.6", (9000, 9000), (9000, 9000)),
    ],
)
def test_what_a_model_sees_is_what_its_provider_says(model: str, size: Size, seen: Size) -> None:
    assert rule(model).seen(size, "") == seen


@given(st.sampled_from(MODELS), SIZES, st.sampled_from(DETAILS))
def test_an_image_scaled_to_what_is_seen_costs_no_more_and_stays(
    model: str, size: Size, detail: str
) -> None:
    seen = rule(model).seen(size, detail)
    assert all(1 <= after <= before for after, before in zip(seen, size, strict=True))
    assert rule(model).seen(seen, detail) == seen
    assert rule(model).tokens(seen, detail) == rule(model).tokens(size, detail)


@given(st.sampled_from(MODELS), SIZES, st.integers(1, 5000))
def test_the_largest_size_keeps_its_shape_and_the_limit(model: str, size: Size, limit: int) -> None:
    counted = rule(model)
    found = largest(size, lambda s: counted.tokens(s, "") <= limit)
    assert counted.tokens(found, "") <= limit or found == size
    assert max(found) * min(size) / max(size) == pytest.approx(min(found), abs=1)


@pytest.mark.parametrize(
    ("model", "like"),
    [
        ("anthropic/claude-opus-4.6", "claude-sonnet-4-5"),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4-5"),
        ("claude-3-7-sonnet-20250219", "claude-sonnet-4-5"),
        ("claude-mythos-preview", "claude-opus-4-7"),
        ("openai/gpt-4o-2024-11-20", "gpt-4o"),
        ("gpt-5-codex", "gpt-5"),
    ],
)
def test_names_with_prefixes_and_dates(model: str, like: str) -> None:
    assert image_rule(model) == image_rule(like)


def test_an_unknown_model_has_no_rule() -> None:
    assert image_rule("house-model") is None

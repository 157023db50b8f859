"""The suite for wire formats finds every mutant, and nothing wrong with an honest format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import strategies as st

from headroom.errors import FormatError
from headroom.protocols import WireFormat
from headroom.types import JSON, Block, Conversation, Message
from headroom_testing import WireFormatConformance
from headroom_testing._failing import failing
from headroom_testing.strategies import Dialogue, Slot

DIALOGUES = st.lists(
    st.builds(
        lambda said, found, key: {"role": "user", "id": key, "say": Slot(said), "got": Slot(found)},
        st.text(max_size=5),
        st.text(max_size=5),
        st.text(max_size=5),
    ),
    min_size=1,
    max_size=4,
).map(Dialogue.of)


class Honest:
    """Messages that say something, and got something."""

    name = "honest"
    field = "messages"
    fields: tuple[str, ...] = ("say", "got")

    def matches(self, messages: Sequence[JSON]) -> bool:
        return any("say" in message for message in messages)

    def read(self, messages: Sequence[JSON]) -> Conversation:
        return Conversation(tuple(self.message(n, m) for n, m in enumerate(messages)))

    def message(self, n: int, message: JSON) -> Message:
        return Message("user", tuple(self.blocks(n, message)))

    def blocks(self, n: int, message: JSON) -> Iterator[Block]:
        for field in self.fields:
            text = message[field]
            if not isinstance(text, str):
                self.refuse(f"messages[{n}].{field}: expected a string, got {type(text).__name__}")
            yield Block(("messages", n, field), "tool_result", text)

    def refuse(self, reason: str) -> None:
        raise FormatError(reason)


class Greedy(Honest):
    fields = ("say", "got", "id")


class Blind(Honest):
    fields = ("say",)


class Misplaced(Honest):
    def message(self, n: int, message: JSON) -> Message:
        return super().message(max(n - 1, 0), message)


class Forgetful(Honest):
    def read(self, messages: Sequence[JSON]) -> Conversation:
        return replace(super().read(messages), messages=super().read(messages).messages[1:])


class Prophet(Honest):
    def read(self, messages: Sequence[JSON]) -> Conversation:
        read = super().read(messages)
        roles = [replace(m, role="tool" if len(messages) > 2 else "user") for m in read.messages]
        return Conversation(tuple(roles))


class Normalising(Honest):
    def blocks(self, n: int, message: JSON) -> Iterator[Block]:
        for field in self.fields:
            message[field] = message[field] + "\n"
        yield from super().blocks(n, message)


class Trimming(Honest):
    def blocks(self, n: int, message: JSON) -> Iterator[Block]:
        for block in super().blocks(n, message):
            yield replace(block, text=block.text.strip())


class Peeling(Honest):
    def blocks(self, n: int, message: JSON) -> Iterator[Block]:
        yield from super().blocks(n, message)
        yield Block(("messages", n, "id"), "image", str(message["id"])[1:], detail="")


class Vague(Honest):
    def refuse(self, reason: str) -> None:
        raise FormatError("a message is malformed")


class Crashing(Honest):
    def refuse(self, reason: str) -> None:
        raise TypeError(reason)


MUTANTS: list[tuple[WireFormat, str]] = [
    (Greedy(), "test_it_offers_what_may_be_edited_and_nothing_else"),
    (Blind(), "test_it_offers_what_may_be_edited_and_nothing_else"),
    (Trimming(), "test_it_offers_what_may_be_edited_and_nothing_else"),
    (Misplaced(), "test_blocks_stand_in_their_messages"),
    (Forgetful(), "test_blocks_stand_in_their_messages"),
    (Prophet(), "test_later_messages_change_nothing"),
    (Normalising(), "test_reading_changes_nothing"),
    (Trimming(), "test_an_edit_changes_its_slot_and_nothing_else"),
    (Misplaced(), "test_an_edit_changes_its_slot_and_nothing_else"),
    (Peeling(), "test_images_are_read_where_they_stand"),
    (Vague(), "test_a_malformed_slot_is_named"),
    (Crashing(), "test_a_malformed_slot_is_named"),
    (Crashing(), "test_odd_messages_are_read_or_refused"),
    (Vague(), "test_odd_messages_are_read_or_refused"),
]


def test_an_honest_format_passes() -> None:
    assert failing(WireFormatConformance(), wire_format=Honest(), dialogues=DIALOGUES) == set()


@pytest.mark.parametrize(("mutant", "test"), MUTANTS)
def test_mutants_are_found(mutant: WireFormat, test: str) -> None:
    suite = WireFormatConformance()
    assert failing(suite, test, wire_format=mutant, dialogues=DIALOGUES) == {test}

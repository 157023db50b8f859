"""What every wire format promises, as tests to inherit."""

from __future__ import annotations

import copy
import re

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from headroom.errors import FormatError
from headroom.formats import apply_edits, read_body, write_body
from headroom.protocols import WireFormat
from headroom.types import JSON, Block, Conversation, Edit, Path
from headroom_testing._examples import for_all
from headroom_testing.strategies import Dialogue, Spelled, bodies, leaves

_ODD: tuple[object, ...] = (
    None,
    7,
    True,
    0.5,
    "",
    "text",
    [],
    {},
    [[]],
    [None],
    [{}],
    {"type": []},
    b"",
    object(),
)
_TEXTS = st.sampled_from(
    ("", "shorter", " padded\n", 'a "quoted"\\\n\u2028 é🙂 text', "[…1-9 as above]")
)


class WireFormatConformance:
    """What every wire format promises. Inherit from it and give the format and conversations in it.

    In the conversations every text that may be edited is a `Slot`; the suite holds the format to
    offering these and no other. `read` is given messages that are objects: callers have seen to
    that.

    Example:
        >>> class TestMine(WireFormatConformance):
        ...     @pytest.fixture
        ...     def wire_format(self) -> WireFormat:
        ...         return Mine()
        ...     @pytest.fixture
        ...     def dialogues(self) -> SearchStrategy[Dialogue]:
        ...         return st.builds(lambda text: Dialogue.of([{"role": "user", "say": Slot(text)}]),
        ...                          st.text())
    """

    @pytest.fixture
    def wire_format(self) -> WireFormat:
        """The wire format to test."""
        raise NotImplementedError("give the wire format in a fixture of this name")

    @pytest.fixture
    def dialogues(self) -> SearchStrategy[Dialogue]:
        """Conversations with everything that the format allows."""
        raise NotImplementedError("give the strategy in a fixture of this name")

    def test_it_offers_what_may_be_edited_and_nothing_else(
        self, wire_format: WireFormat, dialogues: SearchStrategy[Dialogue]
    ) -> None:
        """A whitelist: thinking, ids, arguments, instructions and what nobody knows are no slots."""

        @for_all(dialogues, examples=60)
        def _(dialogue: Dialogue) -> None:
            blocks = _slots(wire_format.read(dialogue.messages))
            assert [block.path for block in blocks] == list(dialogue.editable)
            texts = dict(leaves(dialogue.messages, dialogue.field))
            assert [block.text for block in blocks] == [texts[block.path] for block in blocks]

    def test_blocks_stand_in_their_messages(
        self, wire_format: WireFormat, dialogues: SearchStrategy[Dialogue]
    ) -> None:
        """One message for each, all blocks at different places, all below their message."""

        @for_all(dialogues)
        def _(dialogue: Dialogue) -> None:
            messages = wire_format.read(dialogue.messages).messages
            assert len(messages) == len(dialogue.messages)
            for n, message in enumerate(messages):
                assert all(block.path[:2] == (wire_format.field, n) for block in message.blocks)
            paths = [block.path for message in messages for block in message.blocks]
            assert len(paths) == len(set(paths))

    def test_later_messages_change_nothing(
        self, wire_format: WireFormat, dialogues: SearchStrategy[Dialogue]
    ) -> None:
        """What is read of the first messages is what is read of them alone."""

        @for_all(dialogues, st.integers(0, 9))
        def _(dialogue: Dialogue, cut: int) -> None:
            whole = wire_format.read(dialogue.messages).messages
            assert wire_format.read(dialogue.messages[:cut]).messages == whole[:cut]

    def test_reading_changes_nothing(
        self, wire_format: WireFormat, dialogues: SearchStrategy[Dialogue]
    ) -> None:
        """The caller's objects stay as they are, also when edits are applied."""

        @for_all(dialogues)
        def _(dialogue: Dialogue) -> None:
            before = copy.deepcopy(dialogue.messages)
            wire_format.matches(dialogue.messages)
            blocks = _slots(wire_format.read(dialogue.messages))
            apply_edits(dialogue.messages, [Edit(block.path, "new") for block in blocks])
            assert dialogue.messages == before

    def test_an_edit_changes_its_slot_and_nothing_else(
        self, wire_format: WireFormat, dialogues: SearchStrategy[Dialogue]
    ) -> None:
        """In structures: the slot reads as the new text, all else is what it was."""

        @for_all(dialogues, st.data())
        def _(dialogue: Dialogue, data: DataObject) -> None:
            edits = _edits(wire_format.read(dialogue.messages), data)
            new = {edit.path: edit.text for edit in edits}
            edited = apply_edits(dialogue.messages, edits)
            before = list(leaves(dialogue.messages, dialogue.field))
            expected = [(path, new.get(path, value)) for path, value in before]
            assert list(leaves(edited, dialogue.field)) == expected
            read = _slots(wire_format.read(edited))
            assert {b.path: b.text for b in read if b.path in new} == new
            originals = [Edit(path, dict(before)[path]) for path in new]
            assert apply_edits(edited, originals) == dialogue.messages

    def test_images_are_read_where_they_stand(
        self, wire_format: WireFormat, dialogues: SearchStrategy[Dialogue]
    ) -> None:
        """An image's path leads to its data, and other data there is what is read next."""

        @for_all(dialogues)
        def _(dialogue: Dialogue) -> None:
            images = _images(wire_format.read(dialogue.messages))
            texts = dict(leaves(dialogue.messages, dialogue.field))
            assert [image.text for image in images] == [texts[image.path] for image in images]
            edits = [Edit(image.path, image.text[:-4] + "iVBO") for image in images]
            read = _images(wire_format.read(apply_edits(dialogue.messages, edits)))
            assert [Edit(image.path, image.text) for image in read] == edits

    def test_a_body_without_edits_keeps_its_bytes(
        self, wire_format: WireFormat, dialogues: SearchStrategy[Dialogue]
    ) -> None:
        """Escapes, white space, duplicate keys, spelling of numbers: all the client's own."""

        @for_all(bodies(dialogues))
        def _(body: tuple[Dialogue, Spelled]) -> None:
            dialogue, spelled = body
            read = read_body(spelled.data, wire_format)
            assert read.messages == dialogue.messages
            read.read()
            assert write_body(read, []) == spelled.data

    def test_an_edit_in_a_body_changes_one_string(
        self, wire_format: WireFormat, dialogues: SearchStrategy[Dialogue]
    ) -> None:
        """Every byte outside the edited strings stays; the strings read as the new texts."""

        @for_all(bodies(dialogues), st.data(), examples=40)
        def _(body: tuple[Dialogue, Spelled], data: DataObject) -> None:
            _, spelled = body
            read = read_body(spelled.data, wire_format)
            edits = _edits(read.read(), data)
            new = {edit.path: edit.text for edit in edits}
            assert spelled.edited(write_body(read, edits), new) == new

    def test_a_malformed_slot_is_named(
        self, wire_format: WireFormat, dialogues: SearchStrategy[Dialogue]
    ) -> None:
        """A FormatError says which message and which field, and what came instead."""

        @for_all(
            dialogues, st.sampled_from((7, True, {"a": 1}, 0.5, b"bytes", object())), st.data()
        )
        def _(dialogue: Dialogue, wrong: object, data: DataObject) -> None:
            if not dialogue.strings:
                return
            path = data.draw(st.sampled_from(dialogue.strings))
            with pytest.raises(FormatError, match=re.escape(_where(path)) + ":") as error:
                wire_format.read(_replaced(dialogue.messages, path, wrong))
            assert type(wrong).__name__ in str(error.value)

    def test_odd_messages_are_read_or_refused(
        self, wire_format: WireFormat, dialogues: SearchStrategy[Dialogue]
    ) -> None:
        """Whatever stands anywhere below a message, the only error is FormatError."""

        @for_all(dialogues, examples=10)
        def _(dialogue: Dialogue) -> None:
            for path in _places(dialogue):
                if len(path) > 2 and path[2:] != ("role",):
                    for odd in _ODD:
                        _read_or_refused(wire_format, _replaced(dialogue.messages, path, odd), path)


def _read_or_refused(wire_format: WireFormat, messages: list[JSON], path: Path) -> None:
    try:
        wire_format.matches(messages)
        wire_format.read(messages)
    except FormatError as error:
        assert str(error).startswith(f"{path[0]}[{path[1]}]")


def _images(conversation: Conversation) -> list[Block]:
    return [
        block for message in conversation.messages for block in message.blocks if block.is_image
    ]


def _slots(conversation: Conversation) -> list[Block]:
    return [
        block
        for message in conversation.messages
        for block in message.blocks
        if block.kind in ("user_text", "tool_result")
    ]


def _edits(conversation: Conversation, data: DataObject) -> list[Edit]:
    """Draws new texts for some of the slots."""
    drawn = [(block.path, data.draw(st.none() | _TEXTS)) for block in _slots(conversation)]
    return [Edit(path, text) for path, text in drawn if text is not None]


def _where(path: Path) -> str:
    """Returns a path as errors write it: messages[3].content[0].text."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def _places(dialogue: Dialogue) -> list[Path]:
    """Returns the paths of all values, also of objects and arrays."""
    paths = [path for path, _ in leaves(dialogue.messages, dialogue.field)]
    return list({path[:n]: None for path in paths for n in range(1, len(path) + 1)})


def _replaced(messages: list[JSON], path: Path, value: object) -> list[JSON]:
    """Returns a copy with another value at a path."""
    changed = list(messages)
    changed[int(path[1])] = copy.deepcopy(messages[int(path[1])])
    node: JSON = changed
    for step in path[1:-1]:
        node = node[step]
    node[path[-1]] = value
    return changed

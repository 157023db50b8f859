"""The fold: append-only, whatever was asked before and in whatever order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.compressors import BUILTIN
from headroom.pipeline import Memo, run
from headroom.pipeline.run import Engine
from headroom.policy import Policy
from headroom.tokenizers import for_model
from headroom.types import Block, Conversation, Message

LINES = [f"step {n}: wrote /srv/data/{n % 3}/part-{n}.bin in {n * 7} ms" for n in range(40)]
TEXT = st.builds(
    lambda a, b, tail: "\n".join(LINES[a : a + b]) + tail,
    st.integers(0, 30),
    st.integers(0, 20),
    st.sampled_from(["", "\n", "\nfailed: disk full\n"]),
)
ENGINE = Engine(Policy(), for_model("gpt-4o"), BUILTIN)


def conversation(texts: list[str]) -> Conversation:
    return Conversation(
        tuple(
            Message("tool", (Block(("messages", n, "content"), "tool_result", text),))
            for n, text in enumerate(texts)
        )
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=6), st.sampled_from([1, 4_000, 64 << 20]), st.data())
def test_what_was_decided_for_a_prefix_stays(
    texts: list[str], size: int, data: st.DataObject
) -> None:
    shared = Memo(size)
    whole = run(conversation(texts), ENGINE)
    for cut in data.draw(st.permutations(range(1, len(texts) + 1))):
        part = run(conversation(texts[:cut]), ENGINE, shared)
        assert part.edits == tuple(e for e in whole.edits if int(e.path[1]) < cut)
        assert part.receipt.decisions == whole.receipt.decisions[:cut]


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXT, min_size=2, max_size=5), TEXT, TEXT)
def test_branches_of_one_conversation_do_not_see_each_other(
    texts: list[str], one: str, other: str
) -> None:
    shared = Memo()
    for branch in ([*texts, one], [*texts, other], [*texts, one, other], texts):
        assert run(conversation(branch), ENGINE, shared) == run(conversation(branch), ENGINE)


def test_an_empty_block_is_left_alone() -> None:
    done = run(conversation([""]), replace(ENGINE, policy=Policy(min_tokens=0)))
    assert [d.outcome for d in done.receipt.decisions] == ["no-gain"]

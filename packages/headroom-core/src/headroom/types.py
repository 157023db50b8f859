"""The vocabulary: values that pass between the rooms. No behaviour, no imports from above.

Text inside the pipeline is UTF-8 `bytes`; spans and offsets are byte positions.
Lines are numbered from 1 and a range of lines is inclusive, as editors and `sed` count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from headroom.pricing import Dollars, Lifetime, Price

JSON: TypeAlias = Any
"""A value as `json.loads` gives it. The only place where `Any` is allowed."""

Path: TypeAlias = tuple[str | int, ...]
"""Where a text sits in a request: ("messages", 3, "content", 0, "text")."""

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]
Kind: TypeAlias = Literal[
    "instructions", "user_text", "assistant_text", "tool_call", "tool_result", "image", "compressed"
]
"""`compressed` is what went out of here before and comes back as it is, text or image."""
Unit: TypeAlias = Literal["lines", "rows"]
Shape: TypeAlias = Literal["openai", "openai_responses", "anthropic", "gemini"]
"""How a tool is declared."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of UTF-8 bytes."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The call that produced a tool result; `arguments` is the JSON text that the model wrote."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Block:
    """One text or image that the model reads; `user_text`, `tool_result` and `image` may be edited.

    An image's text is its base64 data, or its data URL. `detail` is how closely the model is to look
    at it, as the request says; of a text it is None.
    """

    path: Path
    kind: Kind
    text: str
    tool: ToolCall | None = None
    detail: str | None = None

    @property
    def is_image(self) -> bool:
        """Whether the text stands for an image."""
        return self.detail is not None

    @property
    def source(self) -> str:
        """The call that produced the text, as far as a person needs it; empty if none did."""
        return f"{self.tool.name} {self.tool.arguments}"[:200] if self.tool else ""


@dataclass(frozen=True, slots=True)
class Message:
    """The blocks of one message, in reading order.

    `bound`: it carries thinking that the provider accepts only after the very texts that preceded
    it, so nothing above may change any more.
    """

    role: Role
    blocks: tuple[Block, ...]
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Replacement:
    """What went out in place of a text, with all that it takes to send it again.

    `ref` is the key of the original; `told`: the text names it to the model. `hidden` is what the
    model cannot read of the original. The rest is as in the decision.
    """

    text: str
    ref: str
    outcome: str
    tokens_before: int
    tokens_after: int
    told: bool = False
    exact: bool = True
    bytes_saved: int = 0
    hidden: tuple[Span, ...] = ()


Sent: TypeAlias = tuple[Replacement | None, ...]
"""How a message went out, block by block; None: as it came."""


@dataclass(frozen=True, slots=True)
class Round:
    """Calls that were answered on the way, of one answer of the model.

    `calls` are parts as JSON, with their places in what the client has of the message; `results`
    are parts as JSON with commas between. `end` is the place before which the answer ends: the
    results follow, and the model goes on. None: they go along with what the client sends next.
    What a part is, and how places are counted, the wire format says.
    """

    calls: tuple[tuple[int, str], ...]
    results: str
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a message of the model held that its client has never seen.

    `visible` has a letter for each part that the client has, t for thinking, b for others, where
    places are counted in parts.
    """

    visible: str
    rounds: tuple[Round, ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a conversation goes on that its provider keeps, by the answer that a client names.

    `name` is what the provider calls the end of that answer, `lineage` the key of its last message.
    `owed` are results, as JSON with commas between, that go along with what the client sends next.
    `asked` is the user's last request up to there, and `calls` are those that the client answers:
    what comes next is about them, and does not say so.
    """

    name: str
    lineage: bytes
    owed: str = ""
    asked: str = ""
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Steered:
    """What is asked of the model behind a conversation's first request; nothing: it is held out."""

    text: str = ""
    effort: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a wire format found in a request; `sent` is how messages went out before, or have to.

    None, and nothing at the end: that is yet to be decided.
    """

    messages: tuple[Message, ...]
    sent: tuple[Sent | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Detection:
    """What a text looks like; `confidence` is 0 to 1."""

    content_type: str
    confidence: float
    language: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a block that is of one kind; `line` is the block's line on which it starts."""

    data: bytes
    detection: Detection
    line: int = 1

    @property
    def last_line(self) -> int:
        """The block's line on which it ends."""
        newlines = self.data.count(b"\n") - self.data.endswith(b"\n")
        return self.line + newlines


@dataclass(frozen=True, slots=True)
class Intent:
    """What the model is after, from what precedes a block: the request and the producing call."""

    request: str = ""
    call: str = ""

    @property
    def text(self) -> str:
        """Request and call, as one text to match against."""
        return f"{self.request}\n{self.call}"


@dataclass(frozen=True, slots=True)
class Omission:
    """Something left out: what, and where in the compressed text the reader is told so.

    `at` is a byte offset in the compressed text. `first` and `last` count `unit`s of the
    original from 1, inclusive; lines of a numbered listing go by the numbers it prints. `span` is
    the part of the original that is gone. `seen` names the earlier text in which the model can
    still read the same lines, `seen_at` says where that stands; then nothing is lost. `array` is the JSONPath of the array that rows
    belong to, where a text holds several; `within` the lines of the part of the original that holds
    it, where that is not the whole. `told`: a marker above covers this part too; it has none of its own.
    """

    at: int
    span: Span
    unit: Unit
    first: int
    last: int
    note: str = ""
    seen: str = ""
    seen_at: Path = ()
    array: str = ""
    within: tuple[int, int] | None = None
    told: bool = False


@dataclass(frozen=True, slots=True)
class Compressed:
    """A shorter text. Lossless exactly if all that was omitted can be read elsewhere."""

    data: bytes
    omissions: tuple[Omission, ...] = ()

    @property
    def lossless(self) -> bool:
        """Whether the model can still read everything."""
        return all(o.seen for o in self.omissions)


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `text` where `path` points."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class Insertion:
    """Put `elements`, JSON values with commas between, in a list so that the first is at `path`.

    The element that is there, and all after it, move back; one index beyond the last appends.
    """

    path: Path
    elements: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An original to keep: `ref` is its key, `replacement` the text that went out instead.

    `context` is a hash of all texts that went out before it: together with the replacement it tells
    which original was meant, since two originals may look alike once they are shortened. The tokens
    say what this replacement saves: both are 0 where that was counted in another context.
    """

    ref: str
    original: str
    replacement: str
    content_type: str = ""
    tokens_before: int = 0
    tokens_after: int = 0
    source: str = ""
    context: bytes = b""


@dataclass(frozen=True, slots=True)
class Decision:
    """What happened to one block, and why.

    `outcome` is the name of the compressor, several joined by `+`, or the reason for leaving
    the block alone: frozen, protected, excluded, vetoed, compressed-before, too-small, not-text,
    no-gain, would-grow, failed:…. `folded`: it made room in the `epoch` of that number, from 1.

    Of an image: fits, holds-text, animated, other-format, other-colours, too-many-pixels, unreadable,
    not-image, no-pillow, unknown-model. Its tokens are estimates (`exact` is False); scaled to what
    the model sees it costs the same, in fewer bytes.

    `tool` is the name of the tool that printed the block, if one did.
    """

    path: Path
    outcome: str
    tokens_before: int
    tokens_after: int
    ref: str | None = None
    exact: bool = True
    bytes_saved: int = 0
    epoch: int = 0
    tool: str = ""

    @property
    def edited(self) -> bool:
        """Whether the block went out changed."""
        return self.tokens_after < self.tokens_before or self.bytes_saved > 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """One decision for every block, also for those left alone; `exact` if all counts are.

    `budget` is what the texts may take, if anything was said; `warnings` are sentences about what
    could not be done.
    """

    decisions: tuple[Decision, ...] = ()
    tokenizer: str = ""
    exact: bool = True
    budget: int | None = None
    warnings: tuple[str, ...] = ()

    @property
    def tokens_before(self) -> int:
        """Tokens of all blocks as they came."""
        return sum(d.tokens_before for d in self.decisions)

    @property
    def tokens_after(self) -> int:
        """Tokens of all blocks as they go out."""
        return sum(d.tokens_after for d in self.decisions)

    @property
    def epochs(self) -> int:
        """How often older texts were folded so far, to make room."""
        return max((d.epoch for d in self.decisions), default=0)

    @property
    def fits(self) -> bool:
        """Whether the texts stay within the budget, if there is one."""
        return self.budget is None or self.tokens_after <= self.budget

    def dollars(
        self, model: str | Price, *, sent: int = 0, lifetime: Lifetime = "5m"
    ) -> Dollars | None:
        """Returns what the texts cost in one request; None where the model has no known price.

        For a session, sum over its turns, or ask `pricing.session_cost` for the whole.

        Args:
            model: Its name, or a price.
            sent: How many messages at the front the provider has in its cache.
            lifetime: How long the provider keeps what is written, where it offers a choice.
        """
        from headroom.pricing import price_texts  # noqa: PLC0415 - loads a table; few ask

        cached = [d for d in self.decisions if int((*d.path, 0)[1]) < sent]  # ("input",): first
        before, after = sum(d.tokens_before for d in cached), sum(d.tokens_after for d in cached)
        return price_texts(
            (before, self.tokens_before - before),
            (after, self.tokens_after - after),
            model,
            lifetime=lifetime,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the pipeline decided: edits to apply, originals to store first, and the receipt.

    `edits` and `entries` go together, one by one; `reused` messages were decided before; `epochs`
    are the names of the epochs so far: an epoch goes out once all its originals are stored.
    `lineage` is one hash for each message, of it and of all messages before it; `sent` is how each
    message goes out.
    """

    edits: tuple[Edit, ...] = ()
    entries: tuple[Entry, ...] = ()
    receipt: Receipt = field(default_factory=Receipt)
    reused: int = field(default=0, compare=False)
    epochs: tuple[bytes, ...] = field(default=(), compare=False)
    lineage: tuple[bytes, ...] = field(default=(), compare=False)
    sent: tuple[Sent, ...] = field(default=(), compare=False)

"""The middleware: plain ASGI, so that answers pass as they are made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from anyio import to_thread

from headroom import Policy
from headroom.encoding import decoded
from headroom.events import CompressionHooks
from headroom.protocols import Store
from headroom.result import BodyResult
from headroom.sessions import Sessions, Way
from headroom_asgi._incoming import (
    App,
    Incoming,
    Message,
    Receive,
    Send,
    describing,
    header,
    is_sealed,
)

PATHS = (
    "/chat/completions",
    "/responses",
    "/responses/input_tokens",
    "/v1/messages",
    "/v1/messages/count_tokens",
    ":countTokens",
    ":generateContent",
    ":streamGenerateContent",
)
"""How the paths of OpenAI's, Anthropic's and Gemini's requests end."""

_COUNTING = ("/input_tokens", "/count_tokens", ":countTokens")
_MODEL = re.compile(r"/models/([^/:]+):")


class CompressionMiddleware:
    """Makes the conversations in requests shorter before an app reads them.

    For apps that serve a model, or forward requests to one. A request keeps every byte outside of
    the texts that are compressed; answers, other requests, WebSockets and lifespan pass untouched.
    Lines are left out only of requests whose own tools offer `headroom_retrieve`, because nobody
    else could ask for them.

    The app finds what was done in `request.state.headroom`, a `BodyResult`.

    Args:
        app: The app behind.
        policy: What may be touched. What it says of budgets is not done.
        store: A store, or its URL, as in `Headroom`; workers that share it send the same bytes.
        paths: How the paths of requests end that hold a conversation.
        largest: Bytes of the longest body that is read; longer ones pass.
        hooks: May keep blocks as they are.

    Example:
        >>> app.add_middleware(CompressionMiddleware, paths=[*PATHS, "/chat"])
    """

    def __init__(
        self,
        app: App,
        *,
        policy: Policy | None = None,
        store: Store | str | None = None,
        paths: Iterable[str] = PATHS,
        largest: int = 32 << 20,
        hooks: CompressionHooks | None = None,
    ) -> None:
        policy = policy or Policy()
        self._app = app
        self._way = Way(policy=replace(policy, omit=False), retrieving=policy, declares=False)
        self._sessions = Sessions(store, hooks=hooks)
        self._paths = tuple(paths)
        self._largest = largest

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serves one connection, as ASGI servers ask for it."""
        if not self._may_edit(scope):
            await self._app(scope, receive, send)
            return
        incoming = Incoming(receive)
        body = await incoming.whole(self._largest)
        if body:
            plain, result = await to_thread.run_sync(self._read, body, scope)
            if result is not None:
                scope.setdefault("state", {})["headroom"] = result
            if result is not None and result.body != plain:
                incoming.instead(result.body)
                scope = {**scope, "headers": describing(scope["headers"], result.body)}
        await self._app(scope, incoming.receive, send)

    def _may_edit(self, scope: Message) -> bool:
        if scope["type"] != "http" or scope["method"] != "POST":
            return False
        length = header(scope["headers"], b"content-length") or b""
        short = not length.isdigit() or int(length) <= self._largest
        ours = scope["path"].rstrip("/").endswith(self._paths)
        return ours and short and not is_sealed(scope["headers"])

    def _read(self, body: bytes, scope: Message) -> tuple[bytes | None, BodyResult | None]:
        """Returns a body without its content encoding, and what becomes of it."""
        plain = decoded(body, header(scope["headers"], b"content-encoding"), self._largest)
        if plain is None:
            return None, None
        path = scope["path"].rstrip("/")
        named = _MODEL.search(path)
        way = replace(self._way, records=not path.endswith(_COUNTING))
        return plain, self._sessions.forward(plain, way, model=named[1] if named else "")

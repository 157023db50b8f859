"""Documents that a retriever found, as far as they answer the question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from langchain_core.callbacks import Callbacks
from langchain_core.documents import BaseDocumentCompressor, Document
from pydantic import ConfigDict

from headroom import Headroom
from headroom.api import default
from headroom.types import Block, Conversation, Message

Calls: TypeAlias = Callbacks | None


class HeadroomDocumentCompressor(BaseDocumentCompressor):
    """Shortens the documents of a retriever, with what matters for the question.

    None is dropped. Where something was left out, the document's metadata has the reference,
    `headroom_ref`, that `headroom.retrieve` and the tool `headroom_retrieve` take.

    Args:
        headroom: Compresses; default: the one behind `headroom.compress`. With
            `Headroom(policy=Policy.lossless())` nothing is left out.

    Example:
        >>> ContextualCompressionRetriever(
        ...     base_compressor=HeadroomDocumentCompressor(), base_retriever=retriever
        ... )
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    headroom: Headroom | None = None

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Calls = None
    ) -> Sequence[Document]:
        """Returns the documents, shorter, in the same order."""
        del callbacks
        return [self._shorter(document, query) for document in documents]

    def _shorter(self, document: Document, query: str) -> Document:
        """Returns one document by itself: others may be dropped before the model reads them."""
        block = Block(("messages", 0, "content"), "tool_result", document.page_content)
        read = Conversation((Message("tool", (block,)),))
        outcome = (self.headroom or default()).decide(read, query=query)
        if not outcome.edits:
            return document
        ref = outcome.receipt.decisions[0].ref
        metadata = {**document.metadata, "headroom_ref": ref} if ref else document.metadata
        update = {"page_content": outcome.edits[0].text, "metadata": metadata}
        made: Document = document.model_copy(update=update)
        return made

"""What requests cost: dated prices, and a prompt cache that is played through.

Pure; reads the shipped prices once. May import: errors.
"""

from __future__ import annotations

from headroom.pricing.session import (
    Bill,
    Dollars,
    Part,
    Request,
    SessionCost,
    message_parts,
    price_texts,
    session_cost,
    session_dollars,
)
from headroom.pricing.table import (
    Cache,
    Lifetime,
    Price,
    Step,
    Usage,
    parse_prices,
    price_of,
    shipped,
)

__all__ = [
    "Bill",
    "Cache",
    "Dollars",
    "Lifetime",
    "Part",
    "Price",
    "Request",
    "SessionCost",
    "Step",
    "Usage",
    "message_parts",
    "parse_prices",
    "price_of",
    "price_texts",
    "session_cost",
    "session_dollars",
    "shipped",
]

"""Native kernels (C++20, `cpp/`), re-exported; each has a plain Python twin in `reference/`.

May import nothing of headroom. Text is UTF-8; offsets are bytes.
"""

from headroom._native import (
    Bpe,
    JsonDocument,
    SeenLines,
    Trees,
    Vocabulary,
    column_stats,
    fold_folder,
    fold_lines,
    fold_repeats,
    json_valid,
    line_features,
    line_starts,
    relevance,
    render_json,
    row_scores,
    splice,
    split_aligned,
    split_delimited,
    unit_flags,
    unit_shapes,
    unit_templates,
)

__all__ = [
    "Bpe",
    "JsonDocument",
    "SeenLines",
    "Trees",
    "Vocabulary",
    "column_stats",
    "fold_folder",
    "fold_lines",
    "fold_repeats",
    "json_valid",
    "line_features",
    "line_starts",
    "relevance",
    "render_json",
    "row_scores",
    "splice",
    "split_aligned",
    "split_delimited",
    "unit_flags",
    "unit_shapes",
    "unit_templates",
]

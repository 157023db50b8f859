#!/usr/bin/env python3
"""Writes cpp/src/unicode_classes.inc: the character classes that OpenAI's encodings split text by.

    python cpp/tools/make_unicode_classes.py > cpp/src/unicode_classes.inc

The classes are asked of tiktoken itself, so they are of the Unicode version that it was built with.
A test compares every code point.
"""

import tiktoken

CLASSES = (
    (r"[\r\n]", 7),
    (r"\s", 6),
    (r"\p{N}", 5),
    (r"\p{M}", 4),
    (r"[\p{Lm}\p{Lo}]", 3),
    (r"\p{Ll}", 2),
    (r"[\p{Lu}\p{Lt}]", 1),
)
BYTES = {bytes([n]): n for n in range(256)}
MATCHERS = [
    (tiktoken.Encoding(f"class{n}", pat_str=pattern, mergeable_ranks=BYTES, special_tokens={}), n)
    for pattern, n in CLASSES
]


def class_of(code: int) -> int:
    """Returns the class of a code point; surrogates and the unassigned are 0."""
    if 0xD800 <= code < 0xE000:
        return 0
    # What a pattern does not match gives no tokens.
    return next((n for matcher, n in MATCHERS if matcher.encode_ordinary(chr(code))), 0)


def main() -> None:
    """Prints the two-stage table."""
    blocks: dict[bytes, int] = {}
    index = [
        blocks.setdefault(bytes(class_of(code) for code in range(start, start + 256)), len(blocks))
        for start in range(0, 0x110000, 256)
    ]
    print("// Made by cpp/tools/make_unicode_classes.py. Do not edit.")
    print(f"constexpr std::uint8_t kBlockOf[{len(index)}] = {{")
    for i in range(0, len(index), 32):
        print("    " + ",".join(map(str, index[i : i + 32])) + ",")
    print("};")
    print("// Two classes a byte, the lower nibble first.")
    print(f"constexpr std::uint8_t kBlocks[{len(blocks)}][128] = {{")
    for block in blocks:
        packed = [block[i] | block[i + 1] << 4 for i in range(0, 256, 2)]
        print("    {" + ",".join(map(str, packed)) + "},")
    print("};")


main()

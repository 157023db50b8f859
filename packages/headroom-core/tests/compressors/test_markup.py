"""XML and YAML: whole records go, failures and what leads to them stay."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from headroom import Policy
from headroom.compressors._select import lines_of
from headroom.compressors._tree import records, xml_nodes, yaml_nodes
from headroom_testing import read

REPORT = (
    '<?xml version="1.0"?>\n<report>\n'
    + "".join(
        f'  <file name="src/part{f}.c">\n'
        + "".join(
            f'    <finding line="{n * 3}" rule="R{n % 4}">unused value v{f}_{n}</finding>\n'
            for n in range(40)
        )
        + "  </file>\n"
        for f in range(6)
    )
    + "</report>\n"
)
MANIFEST = "kind: List\nitems:\n" + "".join(
    f"- kind: Service\n  metadata:\n    name: svc-{n}\n  spec:\n    clusterIP: 10.0.0.{n}\n    ports:\n    - port: {8000 + n}\n"
    for n in range(80)
)


def contents(root: ET.Element) -> list[object]:
    return [(e.tag, e.attrib, (e.text or "").strip()) for e in root.iter()]


def test_an_asked_finding_stays_with_its_file() -> None:
    text = read(REPORT, "Tell me about v4_23")
    assert '<finding line="69" rule="R3">unused value v4_23</finding>' in text
    assert '<file name="src/part4.c">' in text
    assert len(text) < len(REPORT) / 2


def test_an_asked_service_stays_whole() -> None:
    assert "    name: svc-61\n  spec:\n    clusterIP: 10.0.0.61\n" in read(
        MANIFEST, "Which IP has svc-61?"
    )


def test_a_record_with_a_value_that_few_have_stays() -> None:
    odd = "- kind: Service\n  metadata:\n    name: svc-61\n  spec:\n    clusterIP: None\n"
    text = MANIFEST.replace(odd.replace("None", "10.0.0.61"), odd)
    text = text.replace("    ports:\n", "    type: internal\n    ports:\n")
    text = text.replace(
        "internal\n    ports:\n    - port: 8023", "public\n    ports:\n    - port: 8023"
    )
    shown = read(text)
    assert odd in shown
    assert "    name: svc-23\n" in shown
    assert "type: public" in shown
    assert len(shown) < len(text) / 2


def test_without_omission_the_document_is_the_same() -> None:
    text = read(REPORT, policy=Policy.lossless())
    assert len(text) < len(REPORT)
    one, other = ET.fromstring(REPORT), ET.fromstring(text)
    assert contents(one) == contents(other)
    assert read(MANIFEST, policy=Policy.lossless()) == MANIFEST


@pytest.mark.parametrize(
    "text",
    [
        "<a><b></a></b>",
        "</a>",
        "<a",
        "<a b='>'></a>",
        "<!-- <x> --><a/>",
        "<![CDATA[<q>]]>",
        "<a>" * 500,
    ],
)
def test_odd_markup_is_read_or_left_alone(text: str) -> None:
    xml_nodes(text.encode())
    read(text + "\n" + "plain words\n" * 800)


def test_yaml_nesting_is_followed_by_indentation() -> None:
    text = b"a:\n  - b: 1\n    c:\n      d: |\n        text: not a key\n  - b: 2\n# note\ne: 3\n"
    nodes = yaml_nodes(text)
    assert nodes is not None
    items = [n for n in nodes if n.kind == nodes[1].kind]
    assert [(n.first, n.last) for n in items] == [(1, 4), (5, 6)]


def test_nothing_to_choose_among_gives_no_records() -> None:
    text = b"a: 1\nb: 2\n"
    assert records(yaml_nodes(text) or [], lines_of(text).starts) == []

"""Files are changed whole or not at all, and only as planned."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from headroom.configs import JSON, JSONC, TOML, Entry, plan_install, plan_uninstall, state, write
from headroom.errors import ConfigError

Write: TypeAlias = Callable[[Entry], None]

TEXT = '{"mcpServers": {"git": {}}}'


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entry:
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "home"))
    file = tmp_path / "user/settings.json"
    file.parent.mkdir()
    file.write_text(TEXT)
    return Entry(file, JSON, ("mcpServers", "headroom"), {"command": "headroom"})


def install(entry: Entry) -> None:
    change = plan_install(entry)
    assert change is not None
    write(change)


def uninstall(entry: Entry) -> None:
    change = plan_uninstall(entry)
    assert change is not None
    write(change)


class Killed(BaseException):
    """The process ends here."""


def killed_at(step: int, work: Write, entry: Entry) -> bool:
    """Returns whether work was stopped before it replaced or removed its nth file."""
    left = iter(range(step))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("replace", "unlink"):
            real = getattr(os, name)

            def stop(*arguments: object, real: Callable[..., None] = real, **named: object) -> None:
                if next(left, None) is None and ".headroom-" not in str(arguments[-1]):
                    raise Killed
                real(*arguments, **named)

            patch.setattr(os, name, stop)
        try:
            work(entry)
        except Killed:
            return True
    return False


@pytest.mark.parametrize("work", [install, uninstall])
def test_after_a_crash_a_file_is_old_or_new_and_comes_back(entry: Entry, work: Write) -> None:
    crashes = 0
    for step in range(9):
        if work is uninstall:
            install(entry)
        inside = TEXT[:-2] + ', "headroom": {"command": "headroom"}}}'
        crashes += killed_at(step, work, entry)
        assert entry.file.read_text() in (TEXT, inside)
        if state(entry) == "installed":
            uninstall(entry)
        assert entry.file.read_text() == TEXT
    assert 2 <= crashes < 9


def test_a_file_that_changed_after_the_plan_is_not_written(entry: Entry) -> None:
    change = plan_install(entry)
    assert change is not None
    entry.file.write_text("{}")
    with pytest.raises(ConfigError, match="changed in the meantime"):
        write(change)
    assert entry.file.read_text() == "{}"
    assert os.listdir(entry.file.parent) == ["settings.json"]


def test_a_write_protected_file_is_named(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ConfigError, match=r"settings\.json: is write-protected"):
        install(entry)
    assert entry.file.read_text() == TEXT


def test_what_cannot_be_read_is_named(entry: Entry) -> None:
    folder = replace(entry, file=entry.file.parent)
    with pytest.raises(ConfigError, match="user: Is a directory"):
        plan_install(folder)


@pytest.mark.parametrize("theirs", ["null", '"off"', '{"command": "headroom", "disabled": true}'])
def test_an_entry_of_the_users_own_is_left(entry: Entry, theirs: str) -> None:
    text = f'{{"mcpServers": {{"headroom": {theirs}}}}}'
    entry.file.write_text(text)
    assert state(entry) == "edited"
    for plan in (plan_install, plan_uninstall):
        with pytest.raises(ConfigError, match="left as it is"):
            plan(entry)


def test_two_entries_of_a_file_go_in_any_order(entry: Entry) -> None:
    other = replace(entry, path=("env", "URL"), value={"a": 1})
    for first, second in ((entry, other), (other, entry)):
        install(entry)
        install(other)
        uninstall(first)
        uninstall(second)
        assert entry.file.read_text() == TEXT


REPLACED = '{"base" :\t"mine" /* ! */, "other": 1}'


@pytest.fixture
def replacing(entry: Entry) -> Entry:
    entry.file.write_text(REPLACED)
    return replace(entry, format=JSONC, path=("base",), value="http://here", replaces=True)


@pytest.mark.parametrize("work", [install, uninstall])
def test_a_value_of_the_users_comes_back_after_a_crash(replacing: Entry, work: Write) -> None:
    crashes = 0
    for step in range(9):
        if work is uninstall:
            install(replacing)
        crashes += killed_at(step, work, replacing)
        ours = REPLACED.replace('"mine"', '"http://here"')
        assert replacing.file.read_text() in (REPLACED, ours)
        if state(replacing) == "installed":
            uninstall(replacing)
        assert replacing.file.read_text() == REPLACED
    assert 2 <= crashes < 9


def test_a_value_is_replaced_again_and_comes_back(replacing: Entry) -> None:
    install(replacing)
    other = replace(replacing, value="http://there")
    assert state(other) == "outdated"
    install(other)
    assert "http://there" in replacing.file.read_text()
    assert "http://here" not in replacing.file.read_text()
    uninstall(other)
    assert replacing.file.read_text() == REPLACED


def test_what_the_user_set_meanwhile_is_the_users(replacing: Entry) -> None:
    install(replacing)
    replacing.file.write_text(REPLACED.replace("mine", "newer"))
    assert state(replacing) == "absent"
    assert plan_uninstall(replacing) is None


def test_what_a_value_was_is_not_guessed(replacing: Entry) -> None:
    replacing.file.write_text(REPLACED.replace("mine", "http://here"))
    with pytest.raises(ConfigError, match="what it was before is not known"):
        plan_uninstall(replacing)


def test_toml_says_that_it_has_to_be_done_by_hand(entry: Entry) -> None:
    entry.file.write_text("base = 'mine'\n")
    with pytest.raises(ConfigError, match="change it by hand"):
        plan_install(replace(entry, format=TOML, path=("base",), value="x", replaces=True))

"""Whose facts they are, and who tries to see others'."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from headroom_memory import USER, Memory, ProjectUnknown, SharedContext, project_of
from headroom_memory.project import MARKER, project_at

GIT = (
    "git",
    "-c",
    "user.name=t",
    "-c",
    "commit.gpgsign=false",
    "-c",
    "user.email=t@example.org",
    "-c",
    "protocol.file.allow=always",
)


def git(*arguments: object, at: Path) -> None:
    subprocess.run([*GIT, *map(str, arguments)], cwd=at, check=True, capture_output=True)


def repository(folder: Path) -> Path:
    folder.mkdir(parents=True)
    git("init", "-q", at=folder)
    git("commit", "-q", "--allow-empty", "-m", "one", at=folder)
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a repository, in which a fact was saved, and one beside it."""
    repository(tmp_path / "acme")
    repository(tmp_path / "other")
    memory = Memory(tmp_path / "acme", store=f"sqlite://{tmp_path / 'm'}")
    memory.save("the secret ingredient is salt")
    memory.close()
    shared = SharedContext(f"sqlite://{tmp_path / 'm'}", project=tmp_path / "acme")
    shared.put("ingredient", "salt")
    shared.close()
    return tmp_path


def sees(place: Path, folder: Path | str | None) -> bool:
    """Returns whether who works in a folder gets at the fact; both ways agree."""
    store = f"sqlite://{place / 'm'}"
    memory, shared = Memory(folder, store=store), SharedContext(store, project=folder)
    found = bool(memory.search("ingredient"))
    assert bool(memory.list()) == found
    assert ("salt" in memory.export()) == found
    assert (shared.get("ingredient") == "salt") == found
    memory.close()
    shared.close()
    return found


def test_all_of_a_repository_is_one_project(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "acme/src/deep").mkdir(parents=True)
    monkeypatch.chdir(place / "acme/src/deep")
    assert sees(place, None)
    assert sees(place, place / "acme/src/../src/deep")
    assert sees(place, ".")
    assert sees(place, str(place / "acme/gone"))


def test_worktrees_are_the_same_project(place: Path) -> None:
    git("worktree", "add", "-q", place / "elsewhere/tree", at=place / "acme")
    assert sees(place, place / "elsewhere/tree")
    bare = place / "bare.git"
    git("clone", "-q", "--bare", place / "acme", bare, at=place)
    git("worktree", "add", "-q", place / "one", at=bare)
    git("worktree", "add", "-q", place / "two", at=bare)
    assert project_of(place / "one") == project_of(place / "two") != project_of(place / "acme")


def test_a_marked_folder_is_a_project_in_every_worktree(place: Path) -> None:
    part = place / "acme/part"
    part.mkdir()
    (part / MARKER).touch()
    git("add", "-A", at=place / "acme")
    git("commit", "-q", "-m", "part", at=place / "acme")
    git("worktree", "add", "-q", place / "tree", at=place / "acme")
    assert project_of(place / "tree/part") == project_of(part)
    assert not sees(place, part)
    (place / "plain/sub").mkdir(parents=True)
    (place / "plain" / MARKER).write_text("acme\n")
    assert project_of(place / "plain/sub").name == "plain"


def test_a_submodule_and_a_nested_repository_are_their_own(place: Path) -> None:
    git("submodule", "add", "-q", place / "other", "sub", at=place / "acme")
    assert (place / "acme/sub/.git").is_file()
    assert not sees(place, place / "acme/sub")
    repository(place / "acme/vendor/inner")
    assert not sees(place, place / "acme/vendor/inner")
    assert sees(place, place / "acme/vendor")


def claims_to_be_a_worktree(place: Path) -> Path:
    git("worktree", "add", "-q", place / "tree", at=place / "acme")
    evil = place / "evil"
    evil.mkdir()
    shutil.copy(place / "tree/.git", evil / ".git")
    return evil


def claims_to_be_a_submodule(place: Path) -> Path:
    evil = place / "evil"
    evil.mkdir()
    (evil / ".git").write_text(f"gitdir: {place / 'acme/.git'}\n")
    return evil


def brings_its_own_git_files(place: Path) -> Path:
    evil = place / "evil"
    (evil / "own").mkdir(parents=True)
    (evil / ".git").write_text("gitdir: own\n")
    (evil / "own/commondir").write_text(str(place / "acme/.git"))
    (evil / "own/gitdir").write_text(str(place / "acme/.git"))
    return evil


def bears_its_name(place: Path) -> Path:
    return repository(place / "evil/acme")


def is_a_neighbour(place: Path) -> Path:
    return repository(place / "acme2")


def has_another_case(place: Path) -> Path:
    return repository(place / "ACME")


def has_the_same_origin(place: Path) -> Path:
    git("clone", "-q", place / "acme", place / "clone", at=place)
    return place / "clone"


def is_a_link_inside_to_the_outside(place: Path) -> Path:
    (place / "acme/link").symlink_to(place / "other")
    return place / "acme/link"


def climbs_out(place: Path) -> Path:
    return place / "acme/../other"


def climbs_through_a_link(place: Path) -> Path:
    (place / "acme/link").symlink_to(place / "other")
    (place / "other/sub").mkdir()
    return place / "acme/link/sub/../../other"


def names_it_in_its_marker(place: Path) -> Path:
    evil = place / "evil"
    evil.mkdir()
    (evil / MARKER).write_text(f"folder:{place / 'acme'}\n")
    return evil


def links_its_git_folder(place: Path) -> Path:
    evil = place / "evil"
    evil.mkdir()
    (evil / ".git").symlink_to(place / "acme/.git")
    return evil


@pytest.mark.parametrize(
    "attempt",
    [
        claims_to_be_a_worktree,
        claims_to_be_a_submodule,
        brings_its_own_git_files,
        bears_its_name,
        is_a_neighbour,
        has_another_case,
        has_the_same_origin,
        is_a_link_inside_to_the_outside,
        climbs_out,
        climbs_through_a_link,
        names_it_in_its_marker,
        links_its_git_folder,
    ],
)
def test_nobody_else_sees_it(place: Path, attempt: Callable[[Path], Path]) -> None:
    folder = attempt(place)
    try:
        assert not sees(place, folder)
    except ProjectUnknown as refused:
        assert "worktree" in str(refused)


def test_a_link_from_outside_leads_to_the_project(place: Path) -> None:
    (place / "link").symlink_to(place / "acme")
    assert sees(place, place / "link")


def test_names_are_no_folders(place: Path) -> None:
    assert not sees(place, "acme")
    assert project_of("acme") != project_of("Acme") != USER
    assert project_of("user").identity != USER.identity
    for name in ("", " a", "a" * 101, "a\nb", "a:b"):
        with pytest.raises(ProjectUnknown, match="expected a folder, or a name"):
            project_of(name)


def test_without_a_project_nothing_is_found_and_nothing_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for make in (Memory, SharedContext):
        with pytest.raises(ProjectUnknown, match=f"in no git repository .* {MARKER}"):
            make()
    assert project_of(tmp_path).root == tmp_path  # whoever names a folder means it


@pytest.mark.parametrize("folder", ["~", "/", "/.."])
def test_what_holds_all_projects_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    repository(tmp_path / "home")
    (tmp_path / MARKER).touch()
    with pytest.raises(ProjectUnknown):
        project_of(folder)
    with pytest.raises(ProjectUnknown):
        project_at(tmp_path / "home/letters")


def test_what_somebody_puts_into_a_folder_for_all_makes_no_project(tmp_path: Path) -> None:
    common = repository(tmp_path / "common")
    common.chmod(0o1777)
    (common / "mine").mkdir()
    with pytest.raises(ProjectUnknown):
        project_at(common / "mine")


def test_no_name_becomes_a_file_name(tmp_path: Path) -> None:
    memory = Memory("..", store=f"sqlite://{tmp_path / 'm'}")
    assert memory.project.root == Path.cwd().parent or memory.project.root is not None
    named = Memory("CON .. name", store=f"sqlite://{tmp_path / 'm'}")
    named.save("one")
    (file, *_) = (tmp_path / "m").glob("*.db")
    assert file.stem.isalnum()
    assert len(file.stem) == 26
    named.close()
    memory.close()

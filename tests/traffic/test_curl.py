"""Printed commands, pasted into every shell that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cancelkit.traffic.curl import curl, word

SHELLS = [
    [found, *options]
    for name, options in (("bash", ["-c"]), ("dash", ["-c"]), ("zsh", ["-f", "-c"]))
    if (found := shutil.which(name))
]
FAKE = """#!/bin/sh
for argument in "$@"; do printf '%s\\000' "$argument"; done
printf 'END\\000'
case " $* " in *" @- "*) cat ;; esac
"""
TEXT = st.text(
    st.one_of(
        st.sampled_from("[]{}$`'\"\\!*?~#&;|<>()=%^@ \t\n-"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=20,
)
HEADER = st.tuples(
    st.sampled_from(["Accept", "X-Odd", "content-type"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=15).map(str.strip),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH on which curl only prints its arguments, each followed by NUL, and what is piped into it."""
    folder = tmp_path_factory.mktemp("bin")
    fake = folder / "curl"
    fake.write_text(FAKE, encoding="utf-8")
    fake.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def _run(shell: list[str], command: str, path: str, **variables: str) -> bytes:
    done = subprocess.run(
        [*shell, command], env={"PATH": path, "LC_ALL": "C.UTF-8", **variables}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout


def test_there_are_shells_to_try() -> None:
    """At least a POSIX shell and bash, or the tests below mean little."""
    assert len(SHELLS) >= 2


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
    query=TEXT,
    headers=st.lists(HEADER, max_size=3),
    body=st.one_of(st.none(), TEXT, st.binary(max_size=20)),
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_pasted_command_gives_curl_what_was_meant(
    path: str, method: str, query: str, headers: list[tuple[str, str]], body: str | bytes | None
) -> None:
    """For any method, URL, header and body, in each shell: the same arguments and the same bytes."""
    command = curl(method, f"https://shop.example/a/?{query}", headers, body)
    data = body.encode() if isinstance(body, str) else body
    for shell in SHELLS:
        out = _run(shell, command, path)
        before, _, piped = out.partition(b"\0END\0")
        arguments = before.split(b"\0")
        sent = arguments[arguments.index(b"--data-binary") + 1] if b"--data-binary" in arguments else None

        assert (piped if sent == b"@-" else sent) == data
        assert arguments[-1].startswith(b"https://shop.example/a/?")
        assert not set(arguments[-1]) & set(range(0x21))
        assert (b"--globoff" in arguments) is any(character in query for character in "[]{}")
        for name, value in headers:
            assert (f"{name}: {value}" if value else f"{name};").encode() in arguments


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: Path(shell[0]).name)
@pytest.mark.parametrize(
    "text", ["a", "", "=a", "~", "it's", "a\nb\n", "\x1b[2J\n\n", "-n", "%s%d", "!!", "$TOKEN", "`ls`", "\\n", "*", "ş"]
)
def test_a_word_is_the_text(shell: list[str], path: str, text: str) -> None:
    """Whatever it holds, also beginnings that a shell or printf take for something else."""
    assert _run(shell, f"curl {word(text)}", path) == text.encode() + b"\0END\0"


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: Path(shell[0]).name)
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Authorization: Token $TOKEN", "Authorization: Token s3cr3t"),
        ("https://shop.example/$ID1/?a=`b`&c=$d", "https://shop.example/7/?a=`b`&c=$d"),
        ("$TOKENS$TOKEN", "$TOKENSs3cr3t"),
        ("$ID1[0]\x1b", "7[0]\x1b"),
        ("a!$ID1", "a!7"),
    ],
)
def test_named_variables_are_the_shells(shell: list[str], path: str, text: str, meant: str) -> None:
    """Those that are named, and no others."""
    command = f"curl {word(text, ('TOKEN', 'ID1'))}"

    assert _run(shell, command, path, TOKEN="s3cr3t", ID1="7") == meant.encode() + b"\0END\0"


def test_what_is_usual_looks_as_it_always_did() -> None:
    """No more quoting than is needed."""
    command = curl("GET", "http://h/api/?a=1&b", [("authorization", "Token $TOKEN")], variables=("TOKEN",))

    assert command == "curl -sS -H \"authorization: Token $TOKEN\" 'http://h/api/?a=1&b'"


def test_a_body_that_curl_would_read_from_a_file_is_piped() -> None:
    """An @ at its beginning means a file to curl."""
    assert curl("POST", "http://h/", body="@/etc/hosts").startswith("printf ")

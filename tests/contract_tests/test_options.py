"""Settings from a file, options, and the environment."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cancelkit.contract_tests.configuration.options import TARGET, VERIFY, read_settings
from cancelkit.contract_tests.configuration.settings import Profile, Waiver
from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.contract_tests.target.client import Target
from cancelkit.contract_tests.target.ledger import Ledger
from cancelkit.spec import load

URL = "http://127.0.0.1:8080"
FILE = """
[target]
url = "http://127.0.0.1:9000/"
channel = 7
order_items = [1, 2]
headers = { "X-Team" = "returns" }
ca = "bundle.pem"

[verify]
profile = "quick"
rules = ["filters/*"]
strict = true

[waivers]
"filters/sku/*" = { reason = "next release", expires = 2027-01-31 }
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "cancelkit.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_file_says_it_all(write):
    """Every kind of value is read."""
    settings = read_settings({}, write(FILE), contract=load())

    assert (settings.url, settings.scope) == ("http://127.0.0.1:9000", (7,))
    assert settings.references == {"order_item": (1, 2)}
    assert (settings.profile, settings.rules, settings.strict) == (Profile.QUICK, ("filters/*",), True)
    assert settings.headers == {"X-Team": "returns"}
    assert settings.verify_tls == "bundle.pem"
    assert settings.waivers == (Waiver("filters/sku/*", "next release", date(2027, 1, 31)),)


def test_options_win_over_the_file(write):
    """What is given on the command line counts; what is not, is taken from the file."""
    settings = read_settings({"url": URL, "channel": 5, "profile": None, "rules": ()}, write(FILE), contract=load())

    assert (settings.url, settings.scope, settings.profile) == (URL, (5,), Profile.QUICK)


def test_a_byte_order_mark_is_no_obstacle(write):
    """As editors of Windows write one."""
    assert read_settings({"url": URL, "channel": 5}, write(f"\ufeff{FILE}"), contract=load()).profile is Profile.QUICK


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[target]\ntoken = "secret"', "CANCELKIT_TOKEN"),
        ("[target]\nchanel = 5", "'chanel' is not known"),
        ('[tagret]\nurl = "x"', "[tagret] is not known"),
        ('[waivers]\n"a/b" = { reason = "x" }', "expires = "),
        ('[verify]\nprofile = "fast"', "quick, standard, deep"),
        ('[verify]\nareas = ["filter"]', "there is no area"),
        ("[target", "can't be read"),
    ],
)
def test_a_wrong_file_is_explained(write, text: str, words: str):
    """The message says what to mend."""
    with pytest.raises(CouldNotRun) as caught:
        read_settings({"url": URL}, write(text), contract=load())

    assert words in str(caught.value)


@pytest.mark.parametrize("url", ["", "localhost:8080", "ftp://x/"])
def test_a_url_is_needed(url: str):
    """No URL, or none that could be called, is an error."""
    with pytest.raises(CouldNotRun, match="URL"):
        read_settings({"url": url}, contract=load())


def test_other_hosts_must_be_allowed():
    """Nothing is sent to a machine that is not this one unless it is named."""
    with pytest.raises(CouldNotRun, match=r"--allow-host shop\.example") as caught:
        read_settings({"url": "https://shop.example/root"}, contract=load())
    allowed = read_settings({"url": "https://shop.example/root", "allow_hosts": ("shop.example",)}, contract=load())

    assert caught.value.cause is Cause.HOST
    assert allowed.url == "https://shop.example/root"


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.9:1", "http://[::1]:1"])
def test_this_machine_needs_no_permission(url: str):
    """Loopback addresses are the user's own."""
    assert read_settings({"url": url}, contract=load()).url == url


def test_the_token_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A file's token loses its line end, the word before it and a byte order mark; a settings' text never shows it."""
    path = tmp_path / "token"
    path.write_text("\ufeffToken from-file\n", encoding="utf-8")
    from_file = read_settings({"url": URL, "token_file": path}, contract=load())
    monkeypatch.setenv("CANCELKIT_TOKEN", "from-environment")
    from_environment = read_settings({"url": URL}, contract=load())

    assert from_file.token == "from-file"
    assert from_environment.token == "from-environment"
    assert "from-" not in repr(from_environment)


def test_every_key_of_the_file_is_described():
    """docs/verify.md names each."""
    text = (Path(__file__).parents[2] / "docs/verify.md").read_text(encoding="utf-8")

    assert [name for name in sorted(TARGET | VERIFY) if f"`{name}`" not in text] == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"timeout": -1.0}, "timeout"),
        ({"rps": 0.0}, "rps"),
        ({"workers": -1}, "workers"),
        ({"channel": "5"}, "channel"),
        ({"order_items": "1,2"}, "order_items"),
        ({"other_channel": 5}, "isolation needs two"),
        ({"channel": 6, "other_channel": 6}, "isolation needs two"),
        ({"areas": ("everything",)}, "everything"),
        ({"headers": {"X Ü": "a"}}, "X Ü"),
        ({"headers": {"X-Team": "a\nb"}}, "X-Team"),
        ({"token": "abc\ndef"}, "line break"),
        ({"url": "http://127.0.0.1/?page=1"}, "not a URL"),
        ({"url": "http://joe:secret@127.0.0.1"}, "user name or password"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(given: dict[str, object], words: str):
    """The message names the value, and never shows a secret."""
    with pytest.raises(CouldNotRun, match=words) as caught:
        read_settings({"url": "http://127.0.0.1:8080", **given}, contract=load())

    assert caught.value.cause is Cause.OPTIONS
    assert not any(secret in str(caught.value) for secret in ("abc", "secret"))


def test_a_bundle_of_certificates_is_read(tmp_path: Path):
    """--ca is handed to TLS as a path, and its certificates are what is trusted."""
    bundle = tmp_path / "ca.pem"
    bundle.write_text("no certificate")
    settings = read_settings({"url": "https://127.0.0.1", "ca": bundle}, contract=load())

    with pytest.raises(CouldNotRun, match=r"ca\.pem"):
        Target(settings, load(), Ledger())

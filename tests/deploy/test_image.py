"""The image: what the Containerfile says, its last stage in a chroot, and (`make image`) the image itself.

An image is too much for every run of the tests: it is built, and looked at here, where CANCELKIT_IMAGE is set.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from tests.clients.running import ROOT, Running
from tests.deploy import chroot, image
from tests.deploy.chroot import Chroot
from tests.deploy.container import sent, stages
from tests.deploy.fleet import free_ports
from tests.mockserver.bench import LIST, NEW

BUILD, LAST = stages((ROOT / "Containerfile").read_text(encoding="utf-8"))
KEY = {"authorization": "Token demo"}
WRITE = "import sys; open(sys.argv[1] + '/x', 'w')"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of what a builder is sent, and nothing else."""
    folder = tmp_path_factory.mktemp("sent")
    sent(folder)
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel"], cwd=folder, check=True, timeout=120)
    return next(folder.glob("dist/*.whl"))


def test_the_builder_is_sent_all_that_the_wheel_is_made_of(wheel: Path) -> None:
    """Every module and file that git knows; no more of the checkout."""
    rooms = {path.name: path for path in (ROOT / "cancelkit").iterdir() if path.is_dir() and path.name != "__pycache__"}
    ours = {
        f"cancelkit/{name}/{file.relative_to(room.resolve())}"
        for name, room in rooms.items()
        for file in room.resolve().rglob("*.py")
    }
    packed = set(zipfile.ZipFile(wheel).namelist())

    assert len(rooms) >= 5
    assert ours <= packed
    assert not (wheel.parents[1] / "tests").exists()


def test_the_containerfile_gives_no_rights_and_listens_beyond_the_container() -> None:
    uid, gid = map(int, LAST.last("USER").split(":"))
    command = [*LAST.words("ENTRYPOINT"), *LAST.words("CMD")]

    assert uid > 0
    assert gid > 0
    assert command == ["cancelkit", "mock", "--host", "0.0.0.0"]
    assert LAST.last("EXPOSE") in LAST.last("HEALTHCHECK")
    assert LAST.said["COPY"][0] == "--from=build /app /app"
    assert BUILD.said["RUN"][0].split()[-1] == "."


def test_instructions_are_read_as_builders_do() -> None:
    read = stages('ARG A=b\n# no\nFROM ${A} AS x\nRUN one \\\n && two\nFROM y\nCMD ["a", "b c"]\n')

    assert [stage.base for stage in read] == ["${A} AS x", "y"]
    assert read[0].last("RUN").split() == ["one", "&&", "two"]
    assert read[1].words("CMD") == ["a", "b c"]


@pytest.fixture
def rooted(tmp_path: Path, wheel: Path) -> Chroot:
    if not chroot.possible():
        pytest.skip("a chroot wants root, with leave to mount")
    return Chroot(tmp_path, LAST, wheel)


def test_the_last_stage_runs_in_a_chroot_as_the_image_would(rooted: Chroot) -> None:
    """Not as root, as process 1, with nothing to write to but /state and /tmp; healthy; ends by SIGTERM with 0."""
    (port,) = free_ports(1)
    check = [word.replace("8080", str(port)) for word in LAST.words("HEALTHCHECK")]
    options = ["--host", "0.0.0.0", "--port", str(port), "--state", "/state/mock.state"]
    apart = rooted.start([*LAST.words("ENTRYPOINT"), "mock", *options])
    try:
        url = Running(apart).url
        made = httpx.post(f"{url}{LIST}", json=NEW, headers=KEY).status_code
        healthy = rooted.run(apart, check)
        status = Path(f"/proc/{rooted.process(apart)}/status").read_text()
        tried = {place: rooted.run(apart, ["python3", "-c", WRITE, place]) for place in ("/", "/app", "/tmp", "/usr")}
        os.kill(rooted.process(apart), signal.SIGTERM)
        code = apart.wait(timeout=30)
    finally:
        apart.kill()
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)

    assert (made, healthy.returncode, code) == (201, 0, 0), healthy.stderr
    assert lines["NSpid"].split()[-1] == "1"
    assert set(lines["Uid"].split()) == {LAST.last("USER").split(":")[0]}
    assert lines["CapEff"].strip("0") == ""
    assert {place: run.returncode for place, run in tried.items()} == {"/": 1, "/app": 1, "/tmp": 0, "/usr": 1}
    assert "Read-only file system" in tried["/"].stderr
    assert (rooted.state / "mock.state").stat().st_size > 0


def test_a_sick_mock_is_seen_by_the_health_check() -> None:
    """Nobody listens at that port: the check itself is what is tried."""
    (port,) = free_ports(1)
    check = [word.replace("8080", str(port)).replace("python3", sys.executable) for word in LAST.words("HEALTHCHECK")]

    assert subprocess.run(check, capture_output=True).returncode != 0


def test_process_1_hears_a_stop_before_it_serves(rooted: Chroot) -> None:
    """The kernel keeps signals from process 1 that it does not handle: a start of minutes would have to be killed."""
    code = "import time; from cancelkit.command import main; main(['mock', '--help'], standalone_mode=False)"
    code += "; print('begun', flush=True); time.sleep(60)"
    apart = rooted.start(["/app/bin/python3", "-c", code])
    try:
        Running(apart).find("begun")
        os.kill(rooted.process(apart), signal.SIGTERM)
        ended = apart.wait(timeout=30)
    finally:
        apart.kill()

    assert ended == 128 + signal.SIGTERM


built = pytest.mark.skipif(
    "CANCELKIT_IMAGE" not in os.environ, reason="`make image` builds one and sets CANCELKIT_IMAGE"
)


def _until_healthy(name: str) -> None:
    end = monotonic() + 120
    while subprocess.run([*image.podman(), "healthcheck", "run", name], capture_output=True).returncode:
        assert monotonic() < end, subprocess.run([*image.podman(), "logs", name], capture_output=True, text=True)
        sleep(0.1)


def _asked(path: str, body: object = None) -> str:
    """Python that prints what a mock answers in its container."""
    data = None if body is None else json.dumps(body).encode()
    request = f"'http://127.0.0.1:8080{path}', data={data}, headers={KEY | {'content-type': 'application/json'}}"
    return f"from urllib.request import *; print(urlopen(Request({request})).read().decode())"


@built
def test_the_image_serves_keeps_its_state_and_stops() -> None:
    """Started twice on one volume, with no network of its own but localhost."""
    name, volume = f"cancelkit-{os.getpid()}", f"cancelkit-state-{os.getpid()}"
    more, options = ("--network", "none", "--volume", f"{volume}:/state"), ("--state", "/state/mock.state")
    try:
        with image.started(name, *options, more=more):
            _until_healthy(name)
            id = json.loads(image.inside(name, _asked(LIST, NEW)))["id"]
            status = image.inside(name, "print(open('/proc/1/status').read())")
            denied = subprocess.run(
                [*image.podman(), "exec", name, "python3", "-c", WRITE, "/app"], capture_output=True, text=True
            )
            subprocess.run([*image.podman(), "stop", "--time", "30", name], capture_output=True, check=True)
            code = image.inspected(name, "{{.State.ExitCode}}")
        with image.started(name, *options, more=more):
            _until_healthy(name)
            there = json.loads(image.inside(name, _asked(f"{LIST}{id}/")))["id"]
    finally:
        subprocess.run([*image.podman(), "volume", "rm", "--force", volume], capture_output=True)

    assert (code, there) == ("0", id)
    assert "\nUid:\t10001\t10001\t10001\t10001\n" in status
    assert "\nCapEff:\t0000000000000000\n" in status
    assert "Read-only file system" in denied.stderr


@built
def test_the_image_listens_to_others_without_an_option() -> None:
    name = f"cancelkit-plain-{os.getpid()}"
    with image.started(name):
        _until_healthy(name)
        listening = image.inside(name, "print(open('/proc/net/tcp').read())")

    assert "00000000:1F90" in listening


@built
def test_the_image_is_small() -> None:
    """With its base; python:3.11-slim alone has 125 MB."""
    assert image.size() < 300_000_000

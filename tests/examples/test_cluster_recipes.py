"""The recipes of examples/cluster: each makes the shards and the manifest that `--shards` makes.

Ray and Spark are run where they are installed: they are downloads of 80 and 460 MB, too much for one recipe each in
every run of CI.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from click.testing import CliRunner

from cancelkit.fixtures.cli import fixtures as command

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "examples" / "cluster"
COUNT, SHARDS = "900", "5"


def run(*program: str, **environment: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    around = {**os.environ, "PATH": path, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), **environment}
    told = subprocess.run(program, capture_output=True, text=True, env=around, timeout=400, check=False)
    assert told.returncode == 0, told.stderr[-3000:]


def check(folder: Path, form: str = "ndjson") -> None:
    """The shards, a note of none of them, and a manifest, as the command makes them."""
    other = folder.with_name("as-the-command-does")
    other.mkdir()
    order = ["--count", COUNT, "--shards", SHARDS, "--jobs", "1", "--out", f"{other}/r-{{shard}}.{form}"]
    assert CliRunner().invoke(command, ["generate", *order]).exit_code == 0

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in other.iterdir()
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "shards"
    found.mkdir()
    return found


@pytest.mark.skipif(not shutil.which("parallel"), reason="GNU parallel is not installed")
def test_gnu_parallel(folder: Path):
    """A process for each shard, then the manifest."""
    run("sh", str(RECIPES / "parallel.sh"), COUNT, SHARDS, str(folder / "r-{shard}.ndjson"))

    check(folder)


def test_a_kubernetes_job(folder: Path):
    """Valid by Kubernetes's own schema; the command of its pods, run for each index, makes each shard once."""
    job: dict[str, Any] = yaml.safe_load((RECIPES / "job.yaml").read_text())
    (pod,) = job["spec"]["template"]["spec"]["containers"]
    whole = str(job["spec"]["completions"])
    kubernetes_validate.validate(job, kubernetes_validate.latest_version(), strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**job, "spec": {**job["spec"], "completionMode": 3}}, "1.37", strict=True)
    (line,) = pod["args"]
    for word, small in (("1000000", COUNT), (f"/{whole}", f"/{SHARDS}"), ("s3://bucket/requests", f"{folder}/r")):
        assert line.count(word) == 1
        line = line.replace(word, small)
    for index in range(int(SHARDS)):
        run(*pod["command"], line, JOB_COMPLETION_INDEX=str(index))
    run(
        "cancelkit",
        "fixtures",
        "generate",
        *f"--count {COUNT} --shards {SHARDS}".split(),
        "--out",
        f"{folder}/r-{{shard}}.parquet",
    )

    check(folder, "parquet")


@pytest.mark.skipif(not find_spec("ray"), reason="Ray is not installed: 80 MB for one recipe (pip install ray)")
def test_ray(folder: Path):
    """Tasks on this machine; a second run finds all of them."""
    for _ in range(2):
        run(sys.executable, str(RECIPES / "on_ray.py"), COUNT, SHARDS, str(folder / "r-{shard}.ndjson"))

    check(folder)


@pytest.mark.skipif(
    not find_spec("pyspark"), reason="Spark is not installed: 460 MB for a recipe (pip install pyspark)"
)
@pytest.mark.skipif(not shutil.which("java"), reason="Spark needs Java")
def test_spark(folder: Path):
    """Tasks on this machine; a second run finds all of them."""
    line = (str(RECIPES / "on_spark.py"), COUNT, SHARDS, str(folder / "r-{shard}.ndjson"))
    for _ in range(2):
        run(sys.executable, *line, PYSPARK_PYTHON=sys.executable)

    check(folder)

"""The example workflows for GitHub Actions are valid, and use options that exist.

Source: the workflow schema that check-jsonschema brings along; nothing is downloaded.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from cancelkit import command as front_door

FOLDER = Path(__file__).parents[2] / "examples" / "github-actions"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))


def lint(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def scripts(file: Path) -> list[str]:
    """The shell scripts of a workflow's steps."""
    workflow: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    return [step["run"] for step in steps if "run" in step]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_the_workflow_is_valid(file: Path) -> None:
    """It fits the published schema of workflows, and its scripts are shell."""
    done = lint(file)

    assert done.returncode == 0, done.stdout + done.stderr
    for script in scripts(file):
        assert subprocess.run(["bash", "-n", "-c", script], check=False).returncode == 0, script


def test_a_broken_workflow_would_be_noticed(tmp_path: Path) -> None:
    """A step that neither runs nor uses anything is refused, so that a pass means something."""
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOWS[0].read_text(encoding="utf-8").replace("- run:", "- runs:"), encoding="utf-8")

    assert lint(broken).returncode == 1


def test_the_commands_exist() -> None:
    """Every `cancelkit` command in them names a verb and options that there are."""
    lines = "\n".join(script for file in WORKFLOWS for script in scripts(file)).splitlines()
    commands = [shlex.split(re.split(r"[>&]", line)[0]) for line in lines if line.startswith("cancelkit ")]

    assert {words[1] for words in commands} == {"mock", "verify"}
    for _, verb, *words in commands:
        module, attribute, _ = front_door.VERBS[verb]
        command: click.Command = getattr(import_module(f"cancelkit.{module}"), attribute)
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, words

"""`cancelkit contract`: init, show, check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from in_process import Client

from cancelkit.command import main
from cancelkit.mockserver import create_app
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import PATH
from cancelkit.spec.choosing import ContractFiles

ROOT = Path(__file__).parents[2]
HEAD = 'overlay: 1.0.0\ninfo: {title: x, version: "1"}\nactions:\n'
CREATE = "$.components.schemas.CancellationRequestCreate.properties"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["contract", *arguments])


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    return tmp_path / "overlay.yaml"


def test_init_writes_the_packaged_contract_once(tmp_path: Path):
    """A file that is there stays, unless --force says so."""
    file = tmp_path / "own.yaml"
    first, second, forced = _run("init", str(file)), _run("init", str(file)), _run("init", str(file), "--force")

    assert (first.exit_code, second.exit_code, forced.exit_code) == (0, 2, 0)
    assert file.read_bytes() == PATH.read_bytes()


def test_show_prints_the_document_with_overlays_applied(overlay: Path):
    """As YAML, as JSON, and with every reference followed."""
    overlay.write_text(f"{HEAD}  - target: {CREATE}.holder_name\n    update: {{maxLength: 80}}\n")
    shown = yaml.safe_load(_run("show", "--format", "yaml", "--overlay", str(overlay)).stdout)
    same = json.loads(_run("show", "--format", "json", "--overlay", str(overlay)).stdout)
    resolved = _run("show", "--resolved", "--overlay", str(overlay)).stdout

    assert shown == same
    assert shown["components"]["schemas"]["CancellationRequestCreate"]["properties"]["holder_name"]["maxLength"] == 80
    assert "$ref" not in resolved


@pytest.mark.parametrize("file", [PATH, ROOT / "examples" / "contracts" / "reviews.yaml"], ids=lambda path: path.stem)
def test_show_prints_what_the_tools_read(file: Path):
    """The tables and their JSON name every operation, filter and state of any contract."""
    data = json.loads(_run("show", "--contract", str(file), "--json").stdout)
    text = _run("show", "--contract", str(file)).stdout
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    ids = {node["operationId"] for item in document["paths"].values() for key, node in item.items() if key in _METHODS}

    assert {operation["id"] for operation in data["operations"]} == ids
    assert all(name in text for name in ids)
    assert data["filters"]
    assert data["states"]["initial"] in data["states"]["allowed"]


def test_check_tells_every_error_by_file_line_and_column(overlay: Path):
    """Misspelt keywords, values of the wrong kind, unknown extensions, filters that lead nowhere: all of them."""
    overlay.write_text(
        f"{HEAD}  - target: {CREATE}.holder_name\n"
        "    update: {maxLenght: 3, minLength: -1, x-foo: 3}\n"
        "  - target: $.components.parameters.Sku\n"
        "    update: {x-filter: {path: order_item.skuu, lookup: iexact}}\n"
        "  - target: $.components.parameters.Number\n"
        "    update: {x-filter: {path: order_item.order.nr, lookup: iexact}}\n"
    )
    done = _run("check", "--overlay", str(overlay))

    assert done.exit_code == 1
    for place, word in (
        ("5:14", "do you mean maxLength"),
        ("5:28", "whole number from 0"),
        ("5:43", "unknown extension"),
        ("7:25", "order_item.skuu"),
        ("9:25", "order_item.order.nr"),
    ):
        assert any(f"{overlay}:{place}: error" in line and word in line for line in done.stdout.splitlines()), word


def test_check_says_what_a_tool_cannot_do(overlay: Path):
    """A behaviour that no rule knows, a schema without values, a format that is not known."""
    overlay.write_text(
        f"{HEAD}  - target: $.x-behaviours\n"
        "    update: {delete-gonne: {requires: Gone is gone., level: documented}}\n"
        f"  - target: {CREATE}\n"
        "    update:\n"
        "      odd: {type: string, format: stardate}\n"
        "      none: {type: integer, minimum: 3, maximum: 4, multipleOf: 5}\n"
    )
    done = _run("check", "--overlay", str(overlay), "--json")
    found = json.loads(done.stdout)["findings"]

    assert done.exit_code == 1
    assert {finding["kind"] for finding in found} == {"limit"}
    text = json.dumps(found)
    for word in ("do you mean delete-gone", "stardate", "no valid value is found for none", "no answer shows odd"):
        assert word in text


def test_check_names_each_format_that_is_taken_as_plain_text_once(overlay: Path):
    """With its first place, how many others there are, and what may have been meant."""
    overlay.write_text(
        f"{HEAD}  - target: {CREATE}\n"
        "    update:\n"
        "      one: {type: string, readOnly: true, format: datetime}\n"
        "      two: {type: array, readOnly: true, items: {type: string, format: datetime}}\n"
        "      sum: {type: number, readOnly: true, format: money}\n"
    )
    done = _run("check", "--overlay", str(overlay), "--json")
    found = [line for line in json.loads(done.stdout)["findings"] if "format" in line["place"]]

    assert [(line["place"].rpartition("properties/")[2], line["message"]) for line in found] == [
        (
            "one/format",
            "the format 'datetime' is not known: values are plain strings, here, and in 1 other place; "
            "do you mean date-time?",
        ),
        ("sum/format", "the format 'money' is not known: values are plain numbers, here"),
    ]


def test_an_error_of_another_shape_is_no_limit(overlay: Path):
    """The mock answers in the contract's shape, and its self-check is content."""
    reviews = ROOT / "examples" / "contracts" / "reviews.yaml"
    overlay.write_text(
        f"{HEAD}  - target: $.components.schemas.Refusal\n"
        "    update: {required: [message], properties: {message: {type: string}}}\n"
    )
    done = _run("check", "--contract", str(reviews), "--overlay", str(overlay), "--json")
    mock = Client(create_app(Settings(self_check=True), contract=ContractFiles(reviews, (overlay,)).read()), key=None)
    refused = mock.call("GET", "/shops/green-tea/reviews?page_size=x", None, {"X-Api-Key": "demo"})

    assert json.loads(done.stdout)["findings"] == []
    assert refused.status == 400
    assert refused.json["message"].startswith("page_size: ")


def test_check_names_a_filter_that_no_generated_record_matches(overlay: Path):
    """A field that is always null can't be found by any value; the line leads to the operation."""
    reviews = ROOT / "examples" / "contracts" / "reviews.yaml"
    overlay.write_text(
        f"{HEAD}  - target: $.components.schemas.Review.properties\n"
        "    update: {reply: {type: string, nullable: true, readOnly: true, default: null, enum: [null]}}\n"
        "  - target: $.paths['/shops/{shop}/reviews'].get.parameters\n"
        "    update: {name: reply, in: query, x-filter: {path: reply, lookup: exact}, schema: {type: string}}\n"
    )
    done = _run("check", "--contract", str(reviews), "--overlay", str(overlay), "--json")
    found = [line for line in json.loads(done.stdout)["findings"] if "no generated record fills" in line["message"]]

    assert done.exit_code == 1, done.output
    assert [line["message"] for line in found] == ["reply selects by reply, which no generated record fills"]


def test_check_finds_nothing_in_ours():
    """The packaged contract is fine."""
    done = _run("check")

    assert (done.exit_code, done.stdout.count("\n")) == (0, 1), done.output


def test_check_of_what_cannot_be_read(tmp_path: Path):
    """Exit code 2, as text and as JSON."""
    assert _run("check", "--contract", str(tmp_path / "none.yaml")).exit_code == 2
    assert "error" in json.loads(_run("check", "--contract", str(tmp_path / "none.yaml"), "--json").stdout)


_METHODS = {"get", "post", "put", "patch", "delete"}

"""What reports show, made fit to be shown: nothing that a target sent steers a terminal or breaks a file.

Owns: `presented` for a verdict's texts, `steps` for what was sent and got, with commands that send the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cancelkit.contract_tests.engine.verdict import Finding, Verdict
from cancelkit.contract_tests.target.answer import UNSET, Answer, shown
from cancelkit.contract_tests.target.commands import curl_commands
from cancelkit.spec.showing import visible


def presented(verdict: Verdict) -> Verdict:
    """The verdict with escapes in its texts; the exchanges stay as they were, see `steps`."""
    return replace(
        verdict,
        findings=tuple(map(presented_finding, verdict.findings)),
        leftovers=tuple(map(visible, verdict.leftovers)),
        stale=tuple(map(visible, verdict.stale)),
    )


def presented_finding(finding: Finding) -> Finding:
    """The finding with escapes in its texts."""
    return replace(
        finding,
        requires=visible(finding.requires),
        complaints=tuple(map(visible, finding.complaints)),
        why=visible(finding.why),
        note=visible(finding.note),
    )


def steps(exchanges: Sequence[Answer], id_field: str) -> Iterator[tuple[str, Answer]]:
    """Each exchange as a command, and as an answer whose texts are fit to be shown."""
    for command, answer in zip(curl_commands(exchanges, id_field), exchanges, strict=True):
        sent = answer.request_body
        yield (
            command,
            replace(
                answer,
                text=visible(answer.text),
                url=visible(answer.url),
                request_body=sent if sent is UNSET else visible(shown(sent, limit=len(str(sent)) + 10_000)),
            ),
        )

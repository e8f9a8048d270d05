"""The verdict as JUnit XML: a suite for each area, a case for each rule.

Owns: what CI servers read.
Knows nothing of: where the text goes.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from cancelkit.contract_tests.engine.verdict import Finding, Outcome, Verdict
from cancelkit.contract_tests.reports.presenting import presented
from cancelkit.contract_tests.reports.story import story

ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(verdict: Verdict) -> str:
    verdict = presented(verdict)
    failed = sum(f.outcome is Outcome.FAILED for f in verdict.findings)
    root = ET.Element(
        "testsuites",
        name=f"cancelkit {'check' if verdict.recorded else 'verify'}",
        tests=str(len(verdict.findings)),
        failures=str(failed),
        time=f"{verdict.seconds:.3f}",
    )
    if told := _properties(verdict):
        properties = ET.SubElement(root, "properties")
        for name, value in told.items():
            ET.SubElement(properties, "property", name=name, value=clean(value))
    for area in verdict.areas:
        findings = verdict.of(area)
        skipped = sum(f.outcome in (Outcome.SKIPPED, Outcome.INCONCLUSIVE, Outcome.EXPECTED) for f in findings)
        suite = ET.SubElement(
            root,
            "testsuite",
            name=area,
            tests=str(len(findings)),
            failures=str(sum(f.outcome is Outcome.FAILED for f in findings)),
            errors="0",
            skipped=str(skipped),
            time=f"{sum(f.seconds for f in findings):.3f}",
            timestamp=verdict.started.isoformat(),
        )
        for finding in findings:
            _case(suite, finding, verdict)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _properties(verdict: Verdict) -> dict[str, str]:
    """What holds for the whole run."""
    told = {"contract": verdict.contract, "fingerprint": verdict.fingerprint} if verdict.judged_by else {}
    told |= {"ended_early": verdict.ending} if verdict.ending else {}
    for id, took in verdict.latency.items():
        told[f"latency.{id}.count"] = str(took.count)
        told |= {f"latency.{id}.{name}_ms": f"{value:.2f}" for name, value in took.times.items()}
    return told


def _case(suite: ET.Element, finding: Finding, verdict: Verdict) -> None:
    case = ET.SubElement(suite, "testcase", classname=f"contract.{finding.area}", name=finding.rule_id)
    case.set("time", f"{finding.seconds:.3f}")
    if finding.outcome is Outcome.FAILED:
        failure = ET.SubElement(
            case, "failure", message=clean("; ".join(finding.complaints)[:1000]), type=finding.level
        )
        failure.text = clean(story(finding, verdict.repeat_rule(finding.rule_id), verdict.id_field))
    elif finding.outcome in (Outcome.SKIPPED, Outcome.INCONCLUSIVE, Outcome.EXPECTED):
        ET.SubElement(case, "skipped", message=clean(f"{finding.outcome.value}: {finding.why}"))
    elif finding.outcome is Outcome.WARNED:
        ET.SubElement(case, "system-out").text = clean(
            "warning\n" + story(finding, verdict.repeat_rule(finding.rule_id), verdict.id_field)
        )


def clean(text: str) -> str:
    return ILLEGAL.sub("\ufffd", text)

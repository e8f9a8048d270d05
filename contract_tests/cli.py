"""`cancelkit verify`: options in, a verdict out.

Owns: the command, its options, and which report goes where.
Imports the suite's libraries only when a run begins.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from cancelkit.contract_tests.collecting import seldom
from cancelkit.contract_tests.configuration.settings import Profile, Settings
from cancelkit.contract_tests.configuration.target_options import FILE, given_options, target_options
from cancelkit.contract_tests.errors import COULD_NOT_RUN, CouldNotRun
from cancelkit.contract_tests.reports.files import report_options, write_reports
from cancelkit.spec.choosing import ContractFiles
from cancelkit.spec.options import file_options

if TYPE_CHECKING:
    from cancelkit.spec import Contract


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("url", required=False)
@target_options
@click.option("--profile", type=click.Choice([p.value for p in Profile]), help="How thorough [standard].")
@click.option("--max-time", "max_seconds", type=float, help="Start no rule after this many seconds.")
@click.option("--seed", type=int, help="Repeats a run exactly [1].")
@click.option("--strict", is_flag=True, help="Rules that the contract only assumes fail the run, too.")
@click.option("--fail-fast", "-x", is_flag=True, help="End the run at the first rule that fails.")
@click.option(
    "--max-p95",
    multiple=True,
    help="OPERATION=MS: 95 of 100 answers take at most so long; * is each operation.",
)
@click.option("--rule", "rules", multiple=True, help="Only rules with this id (a glob, or its beginning); repeatable.")
@click.option("--area", "areas", multiple=True, help="Only rules of this area; repeatable.")
@click.option("--no-schemathesis", is_flag=True, help="Leave out the rules that Schemathesis checks.")
@click.option("--list", "listing", is_flag=True, help="Show the rules and stop.")
@click.option("--markdown", is_flag=True, help="With --list: as the page docs/rules.md.")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON report (or, with --list, the rules) to stdout.")
@report_options
@click.option("--coverage", is_flag=True, help="Show what there is to try, how much of it was tried, and what was not.")
@click.option("--verbose", "-v", is_flag=True, help="Show every rule, the passed ones too.")
@click.option("--prove", is_flag=True, help="Judge the suite instead: against the mock and each of its mutants.")
@click.option("--prove-full", is_flag=True, help="With --prove: every rule that kills each mutant, not only the first.")
@click.option("--only", multiple=True, help="With --prove: only mutants whose name matches this glob; repeatable.")
@click.option("--all", "every", is_flag=True, help="With --prove: every mutant, not only the default set.")
@click.option("--matrix", type=FILE, help="With --prove: write the kill matrix as Markdown.")
@file_options
@click.pass_context
def verify(ctx: click.Context, /, contract_files: ContractFiles, **options: Any) -> None:
    """Check whether the server at URL keeps the contract.

    Exit code 0: it does. 1: it breaks a rule. 2: the run could not be done.
    """
    from cancelkit.spec.showing import forgiving_console, visible

    forgiving_console()
    try:
        contract = contract_files.read()
        if options["listing"]:
            _list(options, contract)
            return
        if options["prove"] or options["prove_full"]:
            ctx.exit(_prove(options, contract, contract_files))
        with seldom():
            code = _verify(options, contract)
        ctx.exit(code)
    except CouldNotRun as error:
        click.echo(f"cancelkit verify: {visible(str(error))}", err=True)
        ctx.exit(COULD_NOT_RUN)
    except KeyboardInterrupt:
        click.echo("cancelkit verify: interrupted before a rule ran.", err=True)
        ctx.exit(COULD_NOT_RUN)


def _list(options: dict[str, Any], contract: Contract) -> None:
    from cancelkit.contract_tests.engine.registry import chosen, every_rule
    from cancelkit.contract_tests.reports import catalogue

    rules = [rule for rule in every_rule(contract) if chosen(rule, options["rules"], options["areas"])]
    if options["as_json"]:
        click.echo(catalogue.as_json(rules))
    elif options["markdown"]:
        click.echo(catalogue.as_markdown(rules, contract), nl=False)
    else:
        catalogue.show(rules)


def _verify(options: dict[str, Any], contract: Contract) -> int:
    from cancelkit.contract_tests.configuration.options import read_settings
    from cancelkit.contract_tests.engine.run import execute
    from cancelkit.contract_tests.reports.terminal import Progress, show

    given = given_options(options)
    for flag in ("strict", "fail_fast"):
        given[flag] = options[flag] or None
    given["schemathesis"] = False if options["no_schemathesis"] else None
    settings = read_settings(given, options["config"], contract=contract)
    with Progress(quiet=not sys.stderr.isatty()) as progress:
        verdict = execute(settings, contract, progress)
    written = write_reports(verdict, options, "cancelkit verify")
    if options["as_json"]:
        from cancelkit.contract_tests.reports import json_report

        click.echo(json_report.printed(verdict, sys.stdout.encoding))
    else:
        show(verdict, verbose=options["verbose"], coverage=options["coverage"])
    return verdict.exit_code if written else COULD_NOT_RUN


def _prove(options: dict[str, Any], contract: Contract, contract_files: ContractFiles) -> int:
    from cancelkit.contract_tests.context.scopes import default_other, default_scope, read_scope
    from cancelkit.contract_tests.prove.prove import Plan, prove

    scope = read_scope(contract, options["scope"], "--scope") or default_scope(contract)
    settings = Settings(
        "",
        scope=scope,
        other_scope=read_scope(contract, options["other_scope"], "--other-scope") or default_other(contract, scope),
        profile=Profile(options["profile"] or Profile.STANDARD),
        seed=options["seed"] or 1,
    )
    plan = Plan(
        settings,
        options["prove_full"],
        options["only"],
        options["every"],
        options=contract_files.arguments(),
        workers=options["workers"] or 0,
    )
    return prove(contract, plan, options["matrix"])

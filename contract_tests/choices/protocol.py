"""Points of HTTP: slashes, HEAD, keys.

Owns: the detectors of wrong-slash, extra-slash, wrong-slash-write, large-id, head, missing-key, key-challenge,
    bare-key.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cancelkit.contract_tests.choices.detector import Detector, Seen, is_refusal, preferred, status
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.tour import NOWHERE
from cancelkit.contract_tests.observing.sending import good_body, kept
from cancelkit.contract_tests.target.answer import UNSET
from cancelkit.spec import Contract, Operation, Role
from cancelkit.spec.points import POINTS

LARGE, NO_ID = "9" * 25, "no-such-id"
REDIRECTS = (301, 302, 307, 308)
REFUSED = {404: "not-found", 405: "not-allowed"}


def _slash(operation: Operation, context: Context) -> Seen:
    path = context.url(operation)
    answer = context.send("GET", path[:-1] if path.endswith("/") else f"{path}/")
    if answer.status in REDIRECTS:
        return Seen(f"redirect-{answer.status}")
    if answer.status == 404:
        return Seen("not-found")
    return Seen("served") if answer.ok else Seen(None, status(answer))


def _slash_write(operation: Operation, context: Context) -> Seen:
    row = context.create()
    path = context.url(operation, id=context.id_of(row))
    body = {**kept(context, operation, row, whole=False), **good_body(context, operation)} if operation.body else UNSET
    answer = context.send(operation.method, path[:-1] if path.endswith("/") else f"{path}/", body=body)
    if answer.ok:
        return Seen("served")
    option = f"redirect-{answer.status}" if answer.status in REDIRECTS else REFUSED.get(answer.status)
    return Seen(option if option in POINTS["wrong-slash-write"].options else None, status(answer))


def _large(operation: Operation, context: Context) -> Seen:
    """By what is said of an id that no record has, and of one of another form."""
    answers = {id: context.call(operation, id=id) for id in (LARGE, NOWHERE, NO_ID)}
    if is_refusal(answers[LARGE]):
        return Seen("refused")
    if answers[LARGE].status != 404:
        return Seen(None, status(answers[LARGE]))
    said = {id: (answer.status, answer.text.replace(str(id), "")) for id, answer in answers.items()}
    alike = (("not-found", NOWHERE), ("no-path", NO_ID))
    fits = [option for option, id in alike if said[id] == said[LARGE]]
    return Seen(preferred(context, "large-id", fits), "answered 404 in words of its own")


def _head(operation: Operation, context: Context) -> Seen:
    answer = context.send("HEAD", context.url(operation))
    return Seen({200: "answered", 405: "not-allowed"}.get(answer.status), status(answer))


def _keyless(operation: Operation, context: Context) -> Seen:
    answer = context.call(operation, auth="none")
    return Seen({401: "unauthorized", 403: "forbidden"}.get(answer.status), status(answer))


def _challenge(operation: Operation, context: Context) -> Seen:
    answer = context.call(operation, auth="none")
    if answer.status not in (401, 403):
        return Seen(None, status(answer))
    return Seen("sent" if answer.headers.get("www-authenticate") else "left-out")


def _bare(operation: Operation, context: Context) -> Seen:
    answer = context.call(operation, auth="bare")
    if answer.ok:
        return Seen("accepted")
    if answer.status not in (401, 403):
        return Seen(None, status(answer))
    missing, wrong = (context.call(operation, auth=auth).text for auth in ("none", "wrong"))
    return Seen("no-key" if answer.text == missing != wrong else "refused")


def detectors(contract: Contract) -> Iterator[Detector]:
    operation = contract.role(Role.LIST) or contract.role(Role.LIST_DETAILED)
    if operation is None:
        return
    lists = [o for role in (Role.LIST, Role.LIST_DETAILED) if (o := contract.role(role))]
    if contract.mixes_slashes:
        slashed, bare = sorted(lists, key=lambda one: not one.path.endswith("/"))
        yield Detector("wrong-slash", partial(_slash, slashed), writes=False)
        yield Detector("extra-slash", partial(_slash, bare), writes=False)
    else:
        yield Detector("wrong-slash", partial(_slash, operation), writes=False)
    retrieve = contract.role(Role.RETRIEVE) or contract.role(Role.RETRIEVE_DETAILED)
    if retrieve is not None and contract.resource.numbered:
        yield Detector("large-id", partial(_large, retrieve), writes=False)
    tried = [("head", _head)]
    if contract.api_key is not None and operation.secured:
        tried += [("missing-key", _keyless), ("key-challenge", _challenge)]
        tried += [("bare-key", _bare)] if contract.api_key.prefix else []
    for point, look in tried:
        yield Detector(point, partial(look, operation), writes=False)
    writing = [contract.role(role) for role in (Role.PARTIAL_UPDATE, Role.UPDATE, Role.DESTROY)]
    if contract.role(Role.CREATE) and (write := next(filter(None, writing), None)):
        yield Detector("wrong-slash-write", partial(_slash_write, write))

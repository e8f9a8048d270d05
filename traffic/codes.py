"""The names of everything that can be wrong with an exchange.

Owns: the codes, which side each is about, the sentence that each breaks, and which of them a contract lets be judged.
Source: the contract's behaviours, where one says it; else the operations themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cancelkit.spec import Contract, Level
from cancelkit.traffic.exchange import Side


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of violation.

    behaviour: the one of the contract that is broken; its level is taken where a finding names no other. A contract
        without it promises nothing, so that nothing is judged, unless `always`. usual: the level where there is none.
    """

    id: str
    side: Side
    requires: str = ""
    behaviour: str | None = None
    usual: Level = Level.DOCUMENTED
    always: bool = False

    def applies(self, contract: Contract) -> bool:
        """Whether the contract says enough to judge by."""
        return self.always or self.behaviour is None or contract.behaviour(self.behaviour) is not None

    def sentence(self, contract: Contract) -> str:
        behaviour = contract.behaviour(self.behaviour) if self.behaviour else None
        return self.requires or (behaviour.requires if behaviour else "")

    def level(self, contract: Contract) -> Level:
        return contract.level(self.behaviour, self.usual) if self.behaviour else self.usual


_CODES = (
    Code("unknown-path", "client", "A call goes to a path of the contract."),
    Code("missing-slash", "client", "A path is called with its final slash."),
    Code(
        "extra-slash",
        "client",
        "A path that is documented without a final slash is called without one.",
        usual=Level.ASSUMED,
    ),
    Code("method-not-allowed", "client", "A path is called with a method that it offers."),
    Code("undocumented-parameter", "client", "A query holds only parameters that the operation documents."),
    Code("invalid-parameter", "client", "A parameter has the documented type, format and bounds."),
    Code("empty-filter", "client", "A filter that is not wanted is left out, not sent empty.", usual=Level.ASSUMED),
    Code("unknown-enum", "client", "Only values that the contract lists are sent where it lists them."),
    Code("undocumented-field", "client", "A body holds only fields that the operation documents."),
    Code("read-only-field", "client", "A body holds no field that only the server sets."),
    Code("invalid-field", "client", "A field of a body has the documented type, format and bounds."),
    Code("malformed-body", "client", "A body is a well-formed JSON object.", "malformed-json", always=True),
    Code("wrong-content-type", "client", "A body is sent as application/json."),
    Code("bare-key", "client", "The key follows the word that the contract names.", "bare-key"),
    Code("deprecated", "client", "Nothing deprecated is used."),
    Code("server-error", "server", behaviour="no-server-error"),
    Code("undocumented-status", "server", "An operation answers with a status that the contract knows."),
    Code("missing-content-type", "server", "An answer with a body names its content type."),
    Code("not-json", "server", "An answer's body is JSON, and is called so."),
    Code("unexpected-body", "server", "An answer that the contract gives no body has none."),
    Code("schema", "server", "An answer's body has the documented shape."),
    Code("error-shape", "server", behaviour="error-shape"),
    Code("missing-allow", "server", behaviour="method-not-allowed"),
    Code("unauthenticated", "server", behaviour="authentication"),
    Code("accepted-invalid", "server", "What breaks the contract is refused, not carried out."),
    Code("wrong-record", "server", "The answer is about the record that the path names."),
    Code("not-applied", "server", "The answer to a write shows the values that were sent."),
    Code(
        "wrong-status-after", "server", "A record that is new, or was acted on, has the state that the contract says."
    ),
    Code("page-size", "server", "A page holds no more rows than its limit.", "paging-defaults"),
    Code("page-envelope", "server", behaviour="page-envelope"),
    Code("list-order", "server", behaviour="list-order"),
    Code("filter-mismatch", "server", "Every row of a filtered list matches the filter."),
    Code("came-back", "server", behaviour="delete-gone"),
    Code("identity-changed", "server", behaviour="identity-stands"),
    Code("id-reused", "server", behaviour="ids-unique"),
    Code("uuid-shared", "server", "No two records have the same uuid.", usual=Level.ASSUMED),
    Code("wrong-channel", "server", "A record is answered in one scope only.", "channel-isolation"),
    Code("left-final", "server", "A record in a final state keeps it.", "transitions"),
)

CODES: Final[Mapping[str, Code]] = {code.id: code for code in _CODES}


def codes(contract: Contract) -> Iterator[Code]:
    """The codes that the contract lets be judged, in the order of CODES."""
    return (code for code in _CODES if code.applies(contract))

"""What people wrote, as mails repeat it: no mail client makes a link of it.

Whoever names a workspace `Invoice at www.example.com/pay` and invites somebody would otherwise have
us send his link. Names stay free, and old ones are covered: only the mail writes them the way the
trade writes addresses that nobody shall open, `www[.]example[.]com/pay` and `https[:]//`.
"""

import re

_DOTS = ".\u3002\uff0e\uff61\u2024"
"""What browsers take for the dot of a host (UTS 46), and what looks like one."""
_HOST_DOT = re.compile(rf"(?<=\S)[{_DOTS}](?=[^\W\d_][\w-])")
"""Before a word of two letters or more: initials (`J.R.R. Tolkien`) and versions are no hosts."""
_NUMBERS = re.compile(rf"\d+(?:[{_DOTS}]\d+){{3}}")
_ANY_DOT = re.compile(rf"[{_DOTS}]")
_SCHEME = re.compile(r"[:\uff1a](?=[/\uff0f\\]{2})|(?<=mailto):|(?<=tel):", re.IGNORECASE)


def defuse(text: str) -> str:
    """The text with brackets around what makes a host, or the beginning of an address."""
    plain = _SCHEME.sub("[:]", _HOST_DOT.sub("[.]", text))
    return _NUMBERS.sub(lambda found: _ANY_DOT.sub("[.]", found[0]), plain)

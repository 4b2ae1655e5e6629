"""Names of what nobody may read: the one list, for logs and for the audit log.

A new kind of secret is named here once; who looks at names of fields, of variables or at words in
a text asks one of these.
"""

import functools
import re

WORDS = (
    r"password|passwd|passphrase|secret|token|cookie|credential|authorization|api_?key"
    r"|private_?key|signature|sealed|totp|recovery_?code"
)
"""Part of a name, anywhere in it."""
_ENDS = r"hash$"
_TYPED = r"otp$|(^|_|[a-z])code$|recovery|^value$|^link$"
"""What holds a secret when people type it, and elsewhere seldom."""

_NAME = re.compile(f"{WORDS}|{_ENDS}", re.IGNORECASE)
_TYPED_NAME = re.compile(f"{WORDS}|{_ENDS}|{_TYPED}", re.IGNORECASE)
_TOLD_NAME = re.compile(r"_(id|ids|at|by|count|version|step)$|sha256$", re.IGNORECASE)
"""`token_id` and `password_changed_at` give nothing away."""


def is_secret_column(name: str) -> bool:
    """Whether a column of ours of this name holds a secret."""
    return bool(_NAME.search(name)) and not _TOLD_NAME.search(name)


@functools.lru_cache(1000)
def is_secret_name(name: str) -> bool:
    """Whether a field of this name, whoever named it, may hold a secret."""
    return bool(_NAME.search(name))


def is_secret_input(name: str) -> bool:
    """Whether a variable or parameter of this name may hold a secret that somebody sends."""
    return bool(_TYPED_NAME.search(name))

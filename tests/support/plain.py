"""What clients of tests trust: they speak plain HTTP on this machine, and nobody beyond it."""

import ssl

NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For `verify`: to load all public authorities takes each new client 25 ms of processor time."""

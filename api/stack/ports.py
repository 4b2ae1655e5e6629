"""Whether the API's port can be had, and who has it when not."""

import errno
import socket

import psutil

from api.stack.errors import StackError


def reserve_port(host: str, port: int) -> int:
    """Check that `port` is free on `host`; 0 chooses a free one.

    Raises:
        StackError: it is taken or may not be used, with what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StackError(_explain(host, port, error)) from error
        chosen: int = probe.getsockname()[1]
    return chosen


def _explain(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is in use{_user_of(port)}: "
            f"stop that program, or choose another with METAMORPH_PORT={port + 1}"
        )
    return f"cannot listen on {host} port {port}: {error.strerror}. Set METAMORPH_HOST or _PORT"


def _user_of(port: int) -> str:
    """Who listens there, as far as this user may know."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return ""
    for connection in connections:
        if connection.laddr and connection.laddr.port == port and connection.pid:
            try:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
            except psutil.NoSuchProcess:
                return ""
    return ""

"""What can go wrong while the stack is started, each told in one line with what to do."""


class StackError(Exception):
    """The stack cannot be started or stopped; the message is one line meant for the operator."""


class AlreadyOwnedError(StackError):
    """Another living process owns the data directory, so touching its server would be wrong."""

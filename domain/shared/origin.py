"""Where a request comes from, for the list of sessions and for the audit log."""

from dataclasses import dataclass

DEVICE_LENGTH = 300
ADDRESS_LENGTH = 64
REQUEST_ID_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Origin:
    """The device as it calls itself, its address, and the id of the request.

    Use `Origin.of`, which shortens what a client may make as long as it likes.
    """

    device: str = ""
    address: str = ""
    request_id: str = ""

    @classmethod
    def of(cls, device: str, address: str, request_id: str = "") -> "Origin":
        """One line each, no longer than the columns that keep them."""
        return cls(
            _one_line(device)[:DEVICE_LENGTH],
            _one_line(address)[:ADDRESS_LENGTH],
            _one_line(request_id)[:REQUEST_ID_LENGTH],
        )


NOWHERE = Origin()


def _one_line(text: str) -> str:
    return "".join(one for one in text if one.isprintable())

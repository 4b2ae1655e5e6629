"""What the input of a run, or of one of its tests, asks for."""

from domain.shared.database import JsonObject


def read_asked(asked: JsonObject) -> tuple[str | None, dict[str, str]]:
    """The address and the plain values in the input of a run or of one of its tests."""
    base_url, values = asked.get("base_url"), asked.get("parameters")
    plain = values if isinstance(values, dict) else {}
    return (
        base_url if isinstance(base_url, str) else None,
        {str(name): str(value) for name, value in plain.items()},
    )

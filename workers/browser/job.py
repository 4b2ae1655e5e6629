"""What a browser run is given and what it gives back, as values that travel as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, Self, cast

from workers.browser.llm.endpoint import Endpoint

Json = Mapping[str, object]
EvidencePolicy = Literal["always", "failure", "never"]
OutcomeStatus = Literal["passed", "failed", "error", "stopped"]
EventKind = Literal["step.started", "step.finished", "evidence.captured", "elements.decided", "log"]

DEFAULT_VIEWPORT: Final = (1280, 720)


@dataclass(frozen=True, slots=True)
class BrowserJob:
    """One run of a browser test.

    Attributes:
        steps: Steps that `validate_steps` accepts.
        parameters: Values of all parameters of the test, secret ones included. They reach the
            browser process through its standard input only.
        secret_parameter_names: Which of the parameters are secret.
        allowed_hosts: Entries as `AllowedHosts.parse` reads them.
        base_url: What relative addresses are joined to; empty when there is none.
        timeout_s: Seconds for the whole run.
        step_timeout_s: Seconds for a step that states none.
        evidence_dir: An existing directory that evidence is written into.
        viewport: Width and height of the page in CSS pixels.
        uploads: Evidence files that `upload` steps name, and where they lie.
        stored_elements: What the element cache knows: entries with ``step_key`` (as `key_steps`
            gives it), ``url_pattern`` and ``element`` (the JSON of a `StoredElement`).
        element_layers: Weights of the element cache's layers that differ from the product's.
        healing: What becomes of elements that have changed: ``heal``, ``suggest`` or ``off``.
        llm: The language model that may be asked, with its key, which travels like secrets do.
    """

    run_id: str
    steps: tuple[Json, ...]
    evidence_dir: Path
    allowed_hosts: tuple[str, ...] = ()
    base_url: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_parameter_names: frozenset[str] = frozenset()
    timeout_s: float = 300.0
    step_timeout_s: float = 10.0
    trace: EvidencePolicy = "failure"
    video: EvidencePolicy = "never"
    viewport: tuple[int, int] = DEFAULT_VIEWPORT
    uploads: Mapping[str, Path] = field(default_factory=dict)
    stored_elements: tuple[Json, ...] = ()
    element_layers: Mapping[str, float] = field(default_factory=dict)
    healing: Literal["heal", "suggest", "off"] = "heal"
    llm: Endpoint | None = field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that may appear nowhere."""
        names = sorted(self.secret_parameter_names)
        return tuple(self.parameters[name] for name in names if self.parameters.get(name))

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` is the inverse, but for paths, which become absolute."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        return plain | {
            # The browser process lives in another directory.
            "evidence_dir": str(self.evidence_dir.absolute()),
            "secret_parameter_names": sorted(self.secret_parameter_names),
            "uploads": {name: str(path.absolute()) for name, path in self.uploads.items()},
            "llm": None if self.llm is None else self.llm.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Restore what `to_json` gave, after a trip through JSON."""
        width, height = data["viewport"]
        return cls(
            **{
                **data,
                "steps": tuple(data["steps"]),
                "evidence_dir": Path(data["evidence_dir"]),
                "allowed_hosts": tuple(data["allowed_hosts"]),
                "stored_elements": tuple(data["stored_elements"]),
                "secret_parameter_names": frozenset(data["secret_parameter_names"]),
                "viewport": (width, height),
                "uploads": {name: Path(path) for name, path in data["uploads"].items()},
                "llm": None if data["llm"] is None else Endpoint.from_json(data["llm"]),
            }
        )


@dataclass(frozen=True, slots=True)
class BrowserEvent:
    """Something that happened during a run; `data` holds no secret.

    ``step.started``: index, kind, title. ``step.finished``: index, kind, title, outcome (passed,
    failed or stopped), milliseconds, message (when it did not pass), element (method and score,
    when one was located). ``evidence.captured``: the fields of `EvidenceFile`.
    ``elements.decided``: decisions and learned of one step, as in `BrowserOutcome`; it is for the
    worker itself. ``log``: level, message.
    """

    kind: EventKind
    elapsed_ms: float
    data: Json

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` is the inverse."""
        return {"kind": self.kind, "elapsed_ms": self.elapsed_ms, "data": self.data}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Restore what `to_json` gave."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file in the evidence directory. `step_index` is `None` for files about the whole run."""

    path: Path
    kind: Literal["screenshot", "console", "network", "trace", "video"]
    content_type: str
    name: str
    step_index: int | None = None

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` is the inverse."""
        return asdict(self) | {"path": str(self.path)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Restore what `to_json` gave."""
        return cls(**{**data, "path": Path(data["path"])})


@dataclass(frozen=True, slots=True)
class BrowserOutcome:
    """How a run ended.

    Attributes:
        status: ``failed`` is the test's verdict on the application; ``error`` means that the
            browser could not do its work, so that a retry may help; ``stopped`` that the worker
            asked for the end.
        message: One sentence for a person; empty when the run passed.
        failed_step: Index of the step that did not pass.
        decisions: One entry per decision of the element cache, with ``step_index`` and
            ``step_key``.
        learned: Versions of elements to store (`LearnedElement` as JSON), with ``step_index`` and
            ``step_key``; only of steps that passed.
        outputs: What `extract` and `observe` steps kept, by name.
        timed_out: The run used up its time; the outcome is what had been seen until then.
    """

    status: OutcomeStatus
    message: str = ""
    failed_step: int | None = None
    milliseconds: float = 0.0
    evidence: tuple[EvidenceFile, ...] = ()
    decisions: tuple[Json, ...] = ()
    learned: tuple[Json, ...] = ()
    outputs: Mapping[str, object] = field(default_factory=dict)
    timed_out: bool = False

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` is the inverse."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        return plain | {"evidence": [file.to_json() for file in self.evidence]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Restore what `to_json` gave, after a trip through JSON."""
        files = tuple(EvidenceFile.from_json(file) for file in data["evidence"])
        lists = {name: tuple(cast("list[Json]", data[name])) for name in ("decisions", "learned")}
        return cls(**{**data, **lists, "evidence": files})

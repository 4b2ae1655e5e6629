"""Drives `metamorph` as a person does, with stand-ins for the product's own processes."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from api.stack.record import StackRecord, read_record
from tests.support.forked import run_command

STAND_IN = Path(__file__).with_name("stand_in.py")


@dataclass(frozen=True)
class StackHere:
    """One directory's stack; `environment` is added to each command's."""

    var_dir: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        variables = self._variables(environment)
        return run_command(arguments, variables, module="tests.api.cli.stand_in")

    def spawn(self, *arguments: str) -> subprocess.Popen[str]:
        """Start one command, as in a terminal of its own."""
        return subprocess.Popen(
            [sys.executable, str(STAND_IN), *arguments],
            env=self._variables({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def record(self) -> StackRecord:
        """What the running stack wrote down."""
        record = read_record(self.var_dir)
        assert record is not None
        return record

    @property
    def pids(self) -> dict[str, int]:
        """Every process of the stack by name."""
        return {name: mark.pid for name, mark in self.record.processes.items()}

    def _variables(self, more: dict[str, str]) -> dict[str, str]:
        mine = {"METAMORPH_VAR_DIR": str(self.var_dir), "METAMORPH_PORT": "0"}
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("METAMORPH_")}
        root = str(STAND_IN.parents[3])
        return {**inherited, "PYTHONPATH": root, **mine, **self.environment, **more}

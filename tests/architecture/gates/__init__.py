"""The gates: plain functions from files to violations, each tried on a planted violation."""

from collections.abc import Callable, Iterator, Sequence

from tests.architecture.gates import (
    assertions,
    configuration,
    dependencies,
    exceptions,
    layout,
    leftovers,
    licences,
    marks,
    places,
    reaching,
    relations,
    scripts,
    sizes,
    statements,
    suppressions,
    tools,
    transactions,
    typing_rules,
    verbs,
    waiting,
)
from tests.architecture.gates.source import SourceFile, Violation

FileGate = Callable[[SourceFile], Iterator[Violation]]
TreeGate = Callable[[Sequence[SourceFile]], Iterator[Violation]]

FILE_GATES: tuple[FileGate, ...] = (
    sizes.find_long_files,
    sizes.find_long_functions,
    scripts.find_long_script_functions,
    scripts.find_long_script_lines,
    layout.find_vague_names,
    layout.find_missing_docstrings,
    layout.find_code_out_of_place,
    statements.find_stray_statements,
    transactions.find_stray_transactions,
    typing_rules.find_any_in_signatures,
    exceptions.find_broad_handlers,
    relations.find_lazy_relations,
    leftovers.find_reminders,
    leftovers.find_stubs,
    suppressions.find_blanket_suppressions,
    reaching.find_dynamic_imports,
    reaching.find_stdlib_http,
    waiting.find_sleeps,
    assertions.find_hollow_assertions,
    assertions.find_switched_off_tests,
    marks.find_unmarked_tests,
    marks.find_strangers_among_journeys,
    marks.find_dynamic_marks,
    configuration.find_stray_settings,
    configuration.find_environment_reads,
    places.find_machine_places,
)
TREE_GATES: tuple[TreeGate, ...] = (
    layout.find_missing_packages,
    layout.find_unmirrored_tests,
    layout.find_untested_features,
    assertions.find_tests_without_assertions,
    licences.find_unwelcome_licences,
    dependencies.find_undeclared_imports,
    tools.find_softened_tools,
    verbs.find_unguarded_verbs,
    verbs.find_unknown_permissions,
)


def find_all(files: Sequence[SourceFile]) -> Iterator[Violation]:
    """Everything every gate finds, gate by gate."""
    for gate in FILE_GATES:
        for file in files:
            yield from gate(file)
    for tree_gate in TREE_GATES:
        yield from tree_gate(files)

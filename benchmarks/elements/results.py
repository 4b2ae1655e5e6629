"""Tells what the trials came to: tables for people, `var/bench/elements.json` for machines."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict

from rich.table import Table

from benchmarks.elements.subjects import PLAIN_SIMILO
from benchmarks.elements.tally import ABSTAINED, FOUND, WRONG, Tally
from benchmarks.elements.trials import DELETED, SURVIVORS, UNCHANGED, Score, Verdicts
from benchmarks.report import Case, at_least, at_most, say, show, write_json

OURS = "ours"
PER_MILLE = 1000.0
SHOWN_ERRORS = 20
SHOWN_UNUSABLE = 10
SURVIVORS_FOUND = at_least(95.0)
WRONG_AMONG_ACCEPTED = at_most(1.0)
DELETED_ACCEPTED = at_most(5.0)
UNCHANGED_FOUND = at_least(100.0)
UNCHANGED_MILLISECONDS = at_most(15.0)


def report(scores: Mapping[str, Score], untold: Collection[str] = ()) -> None:
    """Print the tables and what went wrong, and write all of it.

    Args:
        untold: splits of which only numbers are told.
    """
    # Of nothing tried nothing is told.
    tried = [(name, score) for name, score in scores.items() if score.ours[SURVIVORS].trials]
    cases = [case for name, score in tried for case in cases_of(name, score)]
    for name, score in scores.items():
        show(compare(name, score))
        show(ablate(name, score))
        if score.same_page:
            print(f"accepted though deleted ({name}): {score.same_page} lead to the same page")
        tell_unusable(name, score)
        if name not in untold:
            tell_errors(name, score)
            for why, count in score.reasons.most_common(SHOWN_ERRORS):
                print(f"not found ({name}): {count} x {why}")
    show(targets(cases))
    rows = [
        {**asdict(case), "ratio": round(case.ratio, 4), "is_met": case.is_met} for case in cases
    ]
    splits = {name: describe(score, name not in untold) for name, score in scores.items()}
    write_json("elements", {"cases": rows, "splits": splits})


def cases_of(split: str, score: Score) -> Iterator[Case]:
    """What the targets are about, beside Similo or what a lookup on an unchanged page takes."""
    unchanged, survivors, deleted = (score.ours[k] for k in (UNCHANGED, SURVIVORS, DELETED))
    similo = score.references[SURVIVORS][PLAIN_SIMILO]
    similo_deleted = score.references[DELETED][PLAIN_SIMILO]
    yield Case(
        f"{split}: found, against Similo",
        survivors.share(FOUND) * 100,
        similo.share(FOUND) * 100,
        "%",
        SURVIVORS_FOUND,
    )
    yield Case(
        f"{split}: wrong among accepted, against Similo",
        survivors.wrong_among_accepted * PER_MILLE,
        similo.wrong_among_accepted * PER_MILLE,
        "‰",
        WRONG_AMONG_ACCEPTED,
    )
    yield Case(
        f"{split}: accepted though deleted, against Similo",
        deleted.share(WRONG) * PER_MILLE,
        similo_deleted.share(WRONG) * PER_MILLE,
        "‰",
        DELETED_ACCEPTED,
    )
    yield Case(
        f"{split}: found on the unchanged page",
        unchanged.share(FOUND) * 100,
        100.0,
        "%",
        UNCHANGED_FOUND,
    )
    yield Case(
        f"{split}: lookup p95, unchanged against changed",
        unchanged.percentile(95),
        survivors.percentile(95),
        "ms",
        UNCHANGED_MILLISECONDS,
    )


def targets(cases: list[Case]) -> Table:
    """The cases with their targets."""
    table = Table("case", "ours", "reference", "target", "", title="Element cache: targets")
    for case in cases:
        amounts = [f"{amount:,.2f} {case.unit}" for amount in (case.ours, case.reference)]
        wanted = "" if case.target is None else case.target.describe(case.unit)
        table.add_row(case.name, *amounts, wanted, say(case.is_met))
    return table


def compare(split: str, score: Score) -> Table:
    """Ours on all kinds of trials, and every reference on the same elements."""
    table = Table(
        title=f"{split}: {score.pages} page pairs, {score.removed} elements removed in truth"
    )
    for column in ("", "trials", "found", "abstained", "wrong"):
        table.add_column(column, justify="left" if not column else "right")
    for column in ("wrong of accepted", "95 % bound", "p50", "p95"):
        table.add_column(column, justify="right")
    for kind, tally in score.ours.items():
        table.add_row(f"{OURS}, {kind}", *row_of(tally, kind), *times_of(tally))
    for kind, verdicts in score.references.items():
        table.add_section()
        for name, tally in verdicts.items():
            table.add_row(f"{name}, {kind}", *row_of(tally, kind))
    return table


def ablate(split: str, score: Score) -> Table:
    """What each layer and rule contributes."""
    table = Table(title=f"{split}: what is left without a part")
    for column in (
        "",
        "found",
        "abstained",
        "wrong",
        "wrong of accepted",
        "accepted though deleted",
    ):
        table.add_column(column, justify="left" if not column else "right")
    for name, tally in score.ablation[SURVIVORS].items():
        deleted = score.ablation[DELETED][name]
        shares = [f"{tally.share(verdict):.2%}" for verdict in (FOUND, ABSTAINED, WRONG)]
        wrongs = [f"{tally.wrong_among_accepted:.2%}", f"{deleted.share(WRONG):.2%}"]
        table.add_row(name, *shares, *wrongs)
    return table


def row_of(tally: Tally, kind: str) -> list[str]:
    """Shares of all trials, and errors with what they prove."""
    shares = [f"{tally.share(verdict):.2%}" for verdict in (FOUND, ABSTAINED, WRONG)]
    if kind == DELETED:
        return [str(tally.trials), *shares, "", f"≤ {tally.acceptance_bound:.2%}"]
    wrong = f"{tally.wrong_among_accepted:.2%}"
    return [str(tally.trials), *shares, wrong, f"≤ {tally.wrong_bound:.2%}"]


def times_of(tally: Tally) -> list[str]:
    """How long half of the lookups take, and all but the slowest."""
    return [f"{tally.percentile(percent):.1f} ms" for percent in (50, 95)]


def tell_unusable(split: str, score: Score) -> None:
    """What could not be tried, by reason, and the first of it by name."""
    for why, count in score.unusable.most_common():
        print(f"unusable ({split}): {count} x {why}")
    for one in score.named[:SHOWN_UNUSABLE]:
        print(f"  {one}")


def tell_errors(split: str, score: Score) -> None:
    """The first elements that were mistaken for others."""
    for kind, tally in score.ours.items():
        for detail in tally.details[WRONG][:SHOWN_ERRORS]:
            print(
                f"wrong ({split}, {kind}): {detail['pair']} {detail['old_xpath']}"
                f" -> {detail['element']}: {detail['reason']}"
            )


def describe(score: Score, is_told: bool) -> dict[str, object]:
    """A split as JSON."""
    return {
        "page_pairs": score.pages,
        "removed_in_truth": score.removed,
        "accepted_though_deleted_but_leads_to_the_same_page": score.same_page,
        "recognised_but_not_ready": score.not_ready,
        OURS: {kind: describe_tally(tally, is_told) for kind, tally in score.ours.items()},
        "references": describe_all(score.references),
        "ablation": describe_all(score.ablation),
        "reasons": dict(score.reasons.most_common()) if is_told else {},
        "unusable": dict(score.unusable),
        "unusable_elements": score.named,
    }


def describe_all(verdicts: Mapping[str, Verdicts]) -> dict[str, object]:
    """Verdicts by kind of trial and name."""
    return {
        kind: {name: describe_tally(tally, False) for name, tally in named.items()}
        for kind, named in verdicts.items()
    }


def describe_tally(tally: Tally, is_told: bool) -> dict[str, object]:
    """A tally as JSON."""
    told: dict[str, object] = {
        "trials": tally.trials,
        **{name: tally.verdicts[name] for name in (FOUND, ABSTAINED, WRONG)},
        "wrong_among_accepted": tally.wrong_among_accepted,
        "wrong_among_accepted_bound": tally.wrong_bound,
        "acceptance_bound": tally.acceptance_bound,
    }
    if tally.milliseconds:
        told["p50_milliseconds"] = round(tally.percentile(50), 2)
        told["p95_milliseconds"] = round(tally.percentile(95), 2)
    if is_told:
        told["details"] = tally.details
    return told

"""The questions that every side is asked, and what ours should reach of each reference's rate."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.graphql.seed import PAGE, PAGE_ROWS
from benchmarks.report import Target, at_least

HANDWRITTEN, TEXTBOOK, POSTGRAPHILE = "hand-written", "textbook Strawberry", "PostGraphile"


@dataclass(frozen=True)
class Shape:
    """One question.

    Attributes:
        rows: How many an answer holds, on all levels together; a count is one.
        document: For ours and for textbook Strawberry, whose schemas agree here.
        postgraphile: The same in the schema that PostGraphile makes of the tables. Its global ids
            are called `nodeId`, and rows that were deleted are for its clients to leave out.
        route: Of the hand-written reference.
        variable: What the documents take beside their constants.
        ratios: What ours should reach of the rate of a reference; who is not named has no target.
    """

    name: str
    rows: int
    document: str
    postgraphile: str
    route: str
    variable: Literal["", "id", "after"] = ""
    ratios: Mapping[str, float] = field(default_factory=dict)

    def target(self, reference: str) -> Target | None:
        """As the report has it."""
        ratio = self.ratios.get(reference)
        return None if ratio is None else at_least(ratio, of="ratio")


LIVING = "condition: { deletedAt: null }"
NEWEST = f"orderBy: CREATED_AT_DESC, {LIVING}"
IN_ORDER = f"orderBy: POSITION_ASC, {LIVING}"
COLUMNS = "id name kind tags createdAt"

NESTED = Shape(
    "20 missions x 10 tests",
    20 + 20 * 10,
    """{ missions(first: 20) { edges { node {
        id name description createdAt tests { id name kind tags }
    } } } }""",
    f"""{{ allMissions(first: 20, {NEWEST}) {{ edges {{ node {{
        nodeId name description createdAt
        missionTestsByMissionId({IN_ORDER}) {{ nodes {{ nodeId name kind tags }} }}
    }} }} }} }}""",
    "/nested",
    ratios={HANDWRITTEN: 0.5, TEXTBOOK: 7, POSTGRAPHILE: 2},
)
FLAT = Shape(
    "100 missions",
    100,
    "{ missions(first: 100) { edges { node { id name description createdAt } } } }",
    f"""{{ allMissions(first: 100, {NEWEST}) {{ edges {{ node {{
        nodeId name description createdAt
    }} }} }} }}""",
    "/flat",
    ratios={HANDWRITTEN: 0.5},
)
FIVE_LEVELS = Shape(
    "five levels",
    5 + 5 + 5 * 10 * 3,
    """{ missions(first: 5) { edges { node { id name scenarios { id name tests { id name
        scenario { id name mission { id name } }
    } } } } } }""",
    f"""{{ allMissions(first: 5, {NEWEST}) {{ edges {{ node {{ nodeId name
        missionScenariosByMissionId({IN_ORDER}) {{ nodes {{ nodeId name
            missionTestsByScenarioId({IN_ORDER}) {{ nodes {{ nodeId name
                missionScenarioByScenarioId {{ nodeId name
                    missionByMissionId {{ nodeId name }}
                }}
            }} }}
        }} }}
    }} }} }} }}""",
    "/levels",
)
ONE = Shape(
    "one mission",
    1,
    "query ($id: ID!) { mission(id: $id) { id name description createdAt } }",
    "query ($id: ID!) { mission(nodeId: $id) { nodeId name description createdAt } }",
    "/one",
    variable="id",
    ratios={HANDWRITTEN: 0.4},
)
COUNT = Shape(
    "how many missions",
    1,
    "{ missions(first: 1) { totalCount } }",
    f"{{ allMissions(first: 1, {LIVING}) {{ totalCount }} }}",
    "/count",
)
FIRST_PAGE = Shape(
    "page 1",
    PAGE_ROWS,
    f"{{ testTemplates(first: {PAGE_ROWS}) {{ edges {{ node {{ {COLUMNS} }} }} }} }}",
    f"""{{ allTestTemplates(first: {PAGE_ROWS}, {NEWEST}) {{ edges {{ node {{
        nodeId name kind tags createdAt
    }} }} }} }}""",
    "/page",
)
DEEP_PAGE = Shape(
    f"page {PAGE:,}",
    PAGE_ROWS,
    f"""query ($after: String) {{ testTemplates(first: {PAGE_ROWS}, after: $after) {{
        edges {{ node {{ {COLUMNS} }} }}
    }} }}""",
    f"""query ($after: Cursor) {{ allTestTemplates(
        first: {PAGE_ROWS}, after: $after, {NEWEST}
    ) {{ edges {{ node {{ nodeId name kind tags createdAt }} }} }} }}""",
    "/page",
    variable="after",
)
SHAPES = (FLAT, NESTED, FIVE_LEVELS, ONE, COUNT, FIRST_PAGE, DEEP_PAGE)

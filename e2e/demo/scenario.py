"""What the demo tests of Django's admin: six browser tests, plain selectors and words mixed."""

from dataclasses import dataclass, field

Step = dict[str, object]

PARAMETERS: list[dict[str, object]] = [
    {"name": "admin_password", "isSecret": True, "description": "Password of the admin"},
    {"name": "new_password", "isSecret": True, "description": "Password of the person added"},
    {"name": "username", "default": "grace", "description": "Who is added and deleted again"},
]


@dataclass(frozen=True)
class DemoTest:
    """A test of the scenario, with the parameters it declares."""

    name: str
    description: str
    steps: list[Step]
    parameters: tuple[str, ...] = ("admin_password", "username")
    tags: list[str] = field(default_factory=lambda: ["django-admin"])

    def declared(self) -> list[dict[str, object]]:
        """The declarations of its parameters."""
        return [one for one in PARAMETERS if one["name"] in self.parameters]


def goto(url: str) -> Step:
    return {"kind": "goto", "url": url}


def act(instruction: str, value: str | None = None) -> Step:
    step: Step = {"kind": "act", "instruction": instruction}
    return step if value is None else {**step, "value": value}


def see(selector: str, text: str) -> Step:
    return {"kind": "expect_text", "selector": selector, "contains": text}


LOG_IN: list[Step] = [
    goto("/admin/login/?next=/admin/"),
    {"kind": "fill", "selector": "#id_username", "value": "admin"},
    act("fill Password", "{{admin_password}}"),
    act("click the Log in button"),
    {"kind": "expect_url", "pattern": "/admin/"},
]

OPEN_USER: list[Step] = [
    goto("/admin/auth/user/"),
    act('click the "{{username}}" link'),
    {"kind": "expect_url", "pattern": "/change/"},
]

TESTS = [
    DemoTest(
        "Log in and find the users",
        "The admin is reached with the right password, and lists what can be managed.",
        [
            *LOG_IN,
            see("#content h1", "Site administration"),
            act("click the Users link"),
            {"kind": "expect_url", "pattern": "/admin/auth/user/"},
            see("#content h1", "Select user to change"),
        ],
        ("admin_password",),
    ),
    DemoTest(
        "Add a user",
        "A person can be added with a password of their own.",
        [
            *LOG_IN,
            goto("/admin/auth/user/add/"),
            act("fill Username", "{{username}}"),
            {"kind": "fill", "selector": "#id_password1", "value": "{{new_password}}"},
            {"kind": "fill", "selector": "#id_password2", "value": "{{new_password}}"},
            act("click the Save button"),
            see(".messagelist", "was added successfully"),
        ],
        ("admin_password", "username", "new_password"),
    ),
    DemoTest(
        "Search for a user",
        "The search finds one person and no other.",
        [
            *LOG_IN,
            goto("/admin/auth/user/"),
            {"kind": "fill", "selector": "#searchbar", "value": "{{username}}"},
            act("click the Search button"),
            {"kind": "expect_count", "selector": "#result_list tbody tr", "count": 1},
            see("#result_list tbody", "{{username}}"),
            {"kind": "extract", "name": "found", "selector": ".paginator", "what": "text"},
        ],
    ),
    DemoTest(
        "Edit a user",
        "Name and staff status can be changed, and stay changed.",
        [
            *LOG_IN,
            *OPEN_USER,
            act("fill First name", "Grace"),
            act("fill Last name", "Hopper"),
            act("choose Staff status"),
            act("click the Save and continue editing button"),
            see(".messagelist", "was changed successfully"),
            {"kind": "expect_visible", "selector": "#id_is_staff:checked"},
        ],
    ),
    DemoTest(
        "Give a permission",
        "A permission moves from the available ones to the chosen ones, and is kept.",
        [
            *LOG_IN,
            *OPEN_USER,
            {"kind": "fill", "selector": "#id_user_permissions_input", "value": "Can view user"},
            {"kind": "click", "selector": "#id_user_permissions_add_all_link"},
            act("click the Save and continue editing button"),
            see("#id_user_permissions_to", "Can view user"),
        ],
    ),
    DemoTest(
        "Delete a user",
        "A person can be deleted after a second question, and is gone.",
        [
            *LOG_IN,
            *OPEN_USER,
            act("click the Delete link"),
            see("#content", "Are you sure"),
            act('click the "Yes, I\'m sure" button'),
            see(".messagelist", "was deleted successfully"),
        ],
    ),
]

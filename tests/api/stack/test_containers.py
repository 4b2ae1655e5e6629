"""compose.yml and the Dockerfile keep the promises that no container needs to run to check."""

import json
import re
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.contract

ROOT = Path(__file__).resolve().parents[3]
PRODUCT = {"api", "worker", "scheduler", "migrate"}
STORES = {"postgres", "redis"}


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, object]]:
    return yaml.safe_load((ROOT / "compose.yml").read_text())["services"]


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text()


def test_every_part_of_the_stack_is_a_service(services):
    assert set(services) == PRODUCT | STORES


def test_every_image_of_others_is_pinned_to_a_version_and_its_digest(services, dockerfile):
    images = [services[name]["image"] for name in STORES]
    images += re.findall(r"^FROM (\S+:\S+)", dockerfile, re.MULTILINE)
    exact = re.compile(r":\d+\.\d+\.?\d*[\w.-]*@sha256:[0-9a-f]{64}$")
    assert [image for image in images if not exact.search(image)] == []


def test_all_of_the_product_is_one_image_with_an_exact_version(services):
    (image,) = {services[name]["image"] for name in PRODUCT}
    assert re.search(r":\d+\.\d+\.\d+$", image)


def test_every_service_that_stays_is_checked_for_health(services):
    assert {name for name in services if "healthcheck" not in services[name]} == {"migrate"}


@pytest.mark.parametrize("name", ["worker", "scheduler"])
def test_what_listens_nowhere_is_healthy_while_its_own_loops_go_round(services, dockerfile, name):
    service = services[name]
    (entry,) = re.findall(r"^ENTRYPOINT (\[\"python.*\])$", dockerfile, re.MULTILINE)
    assert service["healthcheck"]["test"] == ["CMD", *json.loads(entry), "pulse"]
    (file,) = {service["environment"]["METAMORPH_PULSE_FILE"]}
    assert str(Path(file).parent) in service["tmpfs"], "each container has its own"


def test_the_product_waits_for_healthy_stores_and_finished_migrations(services):
    for name in PRODUCT - {"migrate"}:
        assert services[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "postgres": {"condition": "service_healthy"},
            "redis": {"condition": "service_healthy"},
        }


def test_the_roles_are_made_by_the_same_file_as_the_embedded_ones(services):
    mounts = services["postgres"]["volumes"]
    source = next(mount.split(":")[0] for mount in mounts if "initdb.d" in mount)
    assert (ROOT / source).samefile(ROOT / "api" / "stack" / "roles.sql")
    needed = set(re.findall(r"\\getenv \w+ (\w+)", (ROOT / source).read_text()))
    assert needed <= set(services["postgres"]["environment"])


def test_no_password_has_a_default_and_all_are_in_the_example():
    text = (ROOT / "compose.yml").read_text()
    used = re.findall(r"\$\{(\w*PASSWORD)([^}]*)\}", text)
    assert [name for name, rule in used if not rule.startswith(":?")] == []
    example = (ROOT / ".env.example").read_text()
    assert {name for name, _ in used} == set(re.findall(r"^(\w*PASSWORD)=$", example, re.MULTILINE))


def test_only_migrations_know_the_owners_password(services):
    knowing = {name for name, s in services.items() if "OWNER" in str(s["environment"])}
    assert knowing == {"postgres", "migrate"}


def test_stores_are_reachable_from_inside_only(services):
    networks = yaml.safe_load((ROOT / "compose.yml").read_text())["networks"]
    assert networks["stores"]["internal"] is True
    for name in STORES:
        assert services[name]["networks"] == ["stores"]
        assert "ports" not in services[name]
    assert services["api"]["ports"] == ["127.0.0.1:8000:8000"]


def test_the_product_runs_without_rights_and_reaps_orphans(services):
    for name in PRODUCT:
        service = services[name]
        assert (service["init"], service["read_only"], service["cap_drop"]) == (True, True, ["ALL"])


def test_commands_are_commands_of_the_product(services):
    assert all(services[name]["command"] == [name] for name in PRODUCT)


def test_images_end_as_an_ordinary_user(dockerfile):
    stages = re.split(r"^FROM .* AS ", dockerfile, flags=re.MULTILINE)[1:]
    assert [stage.split("\n")[0] for stage in stages] == ["runtime", "test"]
    assert all(
        re.findall(r"^USER (\w+)", stage, re.MULTILINE)[-1] == "metamorph" for stage in stages
    )


def test_every_package_of_the_product_is_in_the_image(dockerfile):
    copied = set(re.findall(r"^COPY (\w+) \1$", dockerfile, re.MULTILINE))
    assert copied == {"api", "graph", "domain", "workers", "migrations"}

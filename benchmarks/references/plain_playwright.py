"""The demo's tests as one writes them by hand with Playwright: same pages, same clicks, no cache."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

USERNAME = "grace"
NEW_PASSWORD = "a-long-New-pass-1"


async def log_in(page: Page, base: str, password: str) -> None:
    """What every test begins with."""
    await page.goto(f"{base}/admin/login/?next=/admin/")
    await page.locator("#id_username").fill("admin")
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Log in").click()
    await page.wait_for_url("**/admin/")


async def open_user(page: Page, base: str) -> None:
    """The page of the person that was added."""
    await page.goto(f"{base}/admin/auth/user/")
    await page.get_by_role("link", name=USERNAME, exact=True).click()
    await page.wait_for_url("**/change/**")


async def find_users(page: Page, base: str) -> None:
    """Log in and find the users."""
    await expect(page.locator("#content h1")).to_contain_text("Site administration")
    await page.get_by_role("link", name="Users", exact=True).click()
    await page.wait_for_url("**/admin/auth/user/")
    await expect(page.locator("#content h1")).to_contain_text("Select user to change")


async def add_user(page: Page, base: str) -> None:
    """Add a user."""
    await page.goto(f"{base}/admin/auth/user/add/")
    await page.get_by_label("Username").fill(USERNAME)
    await page.locator("#id_password1").fill(NEW_PASSWORD)
    await page.locator("#id_password2").fill(NEW_PASSWORD)
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.locator(".messagelist")).to_contain_text("was added successfully")


async def search_user(page: Page, base: str) -> None:
    """Search for a user."""
    await page.goto(f"{base}/admin/auth/user/")
    await page.locator("#searchbar").fill(USERNAME)
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator("#result_list tbody tr")).to_have_count(1)
    await expect(page.locator("#result_list tbody")).to_contain_text(USERNAME)
    await page.locator(".paginator").inner_text()


async def edit_user(page: Page, base: str) -> None:
    """Edit a user."""
    await open_user(page, base)
    await page.get_by_label("First name").fill("Grace")
    await page.get_by_label("Last name").fill("Hopper")
    await page.get_by_label("Staff status").check()
    await page.get_by_role("button", name="Save and continue editing").click()
    await expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    await expect(page.locator("#id_is_staff:checked")).to_be_visible()


async def give_permission(page: Page, base: str) -> None:
    """Give a permission."""
    await open_user(page, base)
    await page.locator("#id_user_permissions_input").fill("Can view user")
    await page.locator("#id_user_permissions_add_all_link").click()
    await page.get_by_role("button", name="Save and continue editing").click()
    await expect(page.locator("#id_user_permissions_to")).to_contain_text("Can view user")


async def delete_user(page: Page, base: str) -> None:
    """Delete a user."""
    await open_user(page, base)
    await page.get_by_role("link", name="Delete", exact=True).click()
    await expect(page.locator("#content")).to_contain_text("Are you sure")
    await page.get_by_role("button", name="Yes, I").click()
    await expect(page.locator(".messagelist")).to_contain_text("was deleted successfully")


PLAIN: dict[str, Callable[[Page, str], Awaitable[None]]] = {
    "Log in and find the users": find_users,
    "Add a user": add_user,
    "Search for a user": search_user,
    "Edit a user": edit_user,
    "Give a permission": give_permission,
    "Delete a user": delete_user,
}

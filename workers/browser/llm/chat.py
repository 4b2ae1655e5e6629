"""One request to an OpenAI-compatible chat completions API, bounded in time and size.

The browser process asks, not the worker: it has the page at hand, and its pipe to the worker
carries nothing but the end of a run while one is going on. The key comes through standard input
like secrets do; Chromium is another process, with neither the key nor a way to this connection.
"""

import asyncio
import json
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Final

import httpx

from domain.elements import json_values
from workers.browser.llm.endpoint import Endpoint
from workers.browser.llm.errors import RefusedError, UnusableError

_MOST_BYTES: Final = 256 * 1024
_LONGEST_RETRY_S: Final = 3600.0
# Named by refusals of models that do not know a parameter, or want another one in its place.
_PARAMETERS: Final = ("response_format", "max_completion_tokens", "max_tokens", "temperature")
_WORDS: Final[Mapping[int, str]] = {
    400: "did not accept the request",
    401: "does not accept the key",
    402: "asks to be paid first",
    403: "does not allow this",
    404: "does not know this address or model",
    429: "asks to be left alone for a while",
}


async def complete(endpoint: Endpoint, body: Mapping[str, object], seconds: float) -> object:
    """Send one request; the decoded JSON of the answer, of any shape.

    Raises:
        RefusedError: The status is not 200.
        UnusableError: No answer in time, one that is too long, or one that is not JSON.
    """
    try:
        async with asyncio.timeout(seconds):
            status, headers, content = await _post(endpoint, body, seconds)
    except (TimeoutError, httpx.TimeoutException) as error:
        raise UnusableError(f"the language model did not answer within {seconds:.1f} s") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # Its text may hold the address with all that stands in it.
        kind = type(error).__name__
        raise UnusableError(f"the language model could not be reached ({kind})") from error
    if status != httpx.codes.OK:
        raise _describe_refusal(status, headers, content)
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnusableError("the language model's answer is not JSON") from error


async def _post(
    endpoint: Endpoint, body: Mapping[str, object], seconds: float
) -> tuple[int, httpx.Headers, bytes]:
    headers = {
        "authorization": f"Bearer {endpoint.api_key}",
        # A few compressed bytes may become very many.
        "accept-encoding": "identity",
        "accept": "application/json",
    }
    client = httpx.AsyncClient(
        verify=_trusted(), trust_env=False, follow_redirects=False, timeout=seconds
    )
    url = f"{endpoint.base_url}/chat/completions"
    async with (
        client,
        client.stream("POST", url, json=body, headers=headers) as response,
    ):
        if response.headers.get("content-encoding", "identity") != "identity":
            raise UnusableError("the language model's answer is compressed, which was not asked")
        content = bytearray()
        async for part in response.aiter_raw():
            content += part
            if len(content) > _MOST_BYTES:
                raise UnusableError(
                    f"the language model's answer is longer than {_MOST_BYTES // 1024} KB"
                )
        return response.status_code, response.headers, bytes(content)


@cache
def _trusted() -> ssl.SSLContext:
    """Public authorities, and those that this machine trusts besides."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def _describe_refusal(status: int, headers: httpx.Headers, content: bytes) -> RefusedError:
    """The refusal in our words: a provider's own may quote the key or the page."""
    if 300 <= status < 400:
        words = "wants the request at another address, which is not followed"
    elif status >= 500:
        words = "has trouble of its own"
    else:
        words = _WORDS.get(status, "refused")
    error = _read_error(content)
    named = _find_parameter(error) if status in {400, 422} else ""
    about = f"{status}, {error['code']}" if error["code"] else str(status)
    message = f"the language model's endpoint {words} ({about})"
    return RefusedError(message, status, named, _read_retry_after(headers))


def _read_error(content: bytes) -> dict[str, str]:
    """`error.code` (or type), `error.param` and `error.message`; empty where it says none."""
    told = {"code": "", "param": "", "message": ""}
    try:
        error = json_values.fields(json.loads(content)).get("error")
        fields = error if isinstance(error, Mapping) else {"message": error}
    except (ValueError, TypeError, RecursionError):
        return told
    for name in told:
        value = fields.get(name) or (fields.get("type") if name == "code" else None)
        if isinstance(value, str):
            told[name] = value[:300]
    code = told["code"]
    told["code"] = code if len(code) <= 60 and code.replace("_", "").isalnum() else ""
    return told


def _find_parameter(error: Mapping[str, str]) -> str:
    said = f"{error['param']} {error['message']}"
    places = {said.find(name): name for name in _PARAMETERS if name in said}
    return places[min(places)] if places else ""


def _read_retry_after(headers: httpx.Headers) -> float | None:
    """Seconds, however they are written: as such, or as a date."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.replace(".", "", 1).isdigit():
        return min(float(value), _LONGEST_RETRY_S)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = (moment - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_RETRY_S)

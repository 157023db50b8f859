"""Signing in at GitHub without a browser here: OAuth's device flow.

Source: https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#device-flow
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from headroom.types import JSON
from headroom_agents.errors import Refused
from headroom_agents.token import SignedIn
from headroom_proxy.settings import is_local_name

_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_SECONDS = 20.0
_SLOWER = 5
"""Seconds that GitHub adds to the interval when it is asked too often."""

_MISSING = (401, 403)


@dataclass(frozen=True, slots=True)
class Code:
    """What the user types in at GitHub, and what this program asks with meanwhile."""

    shown: str
    where: str
    device: str = field(repr=False)
    interval: float
    seconds: float


class GitHub:
    """The endpoints of a GitHub.

    Args:
        url: Where users sign in.
        api: Its API.
        client: The id of the OAuth app in whose name this is done.

    Raises:
        Refused: An address would send the token in the open.
    """

    def __init__(self, url: str, api: str, client: str) -> None:
        for address in (url, api):
            parts = urlsplit(address)
            if parts.scheme != "https" and not is_local_name(parts.hostname or ""):
                raise Refused(f"{address}: expected an address with https://")
        self._url, self._api, self._client = url.rstrip("/"), api.rstrip("/"), client

    def begin(self, scope: str) -> Code:
        """Asks for a code that the user types in."""
        said = self._post("/login/device/code", {"client_id": self._client, "scope": scope})
        try:
            return Code(
                str(said["user_code"]), str(said["verification_uri"]), str(said["device_code"]),
                float(said.get("interval", _SLOWER)), float(said["expires_in"]),
            )  # fmt: skip
        except KeyError as error:
            raise Refused(f"{self._url}: {_reason(said)}") from error

    def wait(self, code: Code, sleep: Callable[[float], None] = time.sleep) -> SignedIn:
        """Waits until the user has typed the code in.

        Raises:
            Refused: They did not, or not in time.
        """
        asked = {"client_id": self._client, "device_code": code.device, "grant_type": _GRANT}
        interval, left = code.interval, code.seconds
        while left > 0:
            sleep(interval)
            left -= max(interval, 1.0)
            said = self._post("/login/oauth/access_token", asked)
            if said.get("access_token"):
                return SignedIn(str(said["access_token"]), self._api)
            match said.get("error"):
                case "authorization_pending":
                    pass
                case "slow_down":
                    interval = float(said.get("interval", interval + _SLOWER))
                case _:
                    raise Refused(f"{self._url}: {_reason(said)}")
        raise Refused("the code was not typed in in time: run it again")

    def _post(self, path: str, asked: dict[str, str]) -> dict[str, JSON]:
        headers = {"accept": "application/json"}
        try:
            answer = httpx.post(self._url + path, data=asked, headers=headers, timeout=_SECONDS)
            said = answer.json()
        except httpx.HTTPError as error:
            raise Refused(f"{self._url} cannot be reached: {error}") from error
        except ValueError as error:
            raise Refused(
                f"{self._url}{path} answered {answer.status_code}, not in JSON"
            ) from error
        return said if isinstance(said, dict) else {}


def who(signed_in: SignedIn) -> str:
    """Returns whose the token is.

    Raises:
        Refused: GitHub does not take it, or cannot be reached.
    """
    headers = {"authorization": f"Bearer {signed_in.token}", "accept": "application/json"}
    try:
        answer = httpx.get(f"{signed_in.api}/user", headers=headers, timeout=_SECONDS)
    except httpx.HTTPError as error:
        raise Refused(f"{signed_in.api} cannot be reached: {error}") from error
    if answer.status_code in _MISSING:
        raise Refused("GitHub does not take the token any more: headroom copilot-auth login")
    try:
        return str(answer.raise_for_status().json()["login"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise Refused(f"{signed_in.api}/user answered {answer.status_code}") from error


def _reason(said: dict[str, JSON]) -> str:
    known = {
        "expired_token": "the code was not typed in in time: run it again",
        "access_denied": "it was declined at GitHub",
        "incorrect_client_credentials": "there is no OAuth app with this client id",
        "device_flow_disabled": "the OAuth app does not allow the device flow",
    }
    error = str(said.get("error", ""))
    return known.get(error) or str(said.get("error_description") or error or "unexpected answer")

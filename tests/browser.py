"""A headless Chromium for tests, driven over the WebDriver protocol (https://www.w3.org/TR/webdriver2/)."""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FLAGS = (
    "--headless",
    "--no-sandbox",  # where tests run as root
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--window-size=900,900",
    "--host-resolver-rules=MAP *.example 127.0.0.1",  # a name of somebody else's that leads to this machine
)

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key of an element's id, as the protocol has it."""

TAB, ENTER, SHIFT = "\ue004", "\ue007", "\ue008"

PATIENCE = 10.0
"""Seconds that a page may take."""


def missing() -> str:
    """Why there can be no browser; empty if there can."""
    if shutil.which("chromedriver") is None:
        return "chromedriver is not installed (Debian: chromium-driver)"
    return "" if any(map(shutil.which, BROWSERS)) else "Chromium is not installed"


def require() -> None:
    """Skip a test for want of a browser; where CI is set, fail."""
    why = missing()
    if why and os.environ.get("CI"):
        pytest.fail(why)
    if why:
        pytest.skip(why)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Browser:
    """One window.

    :param port: where chromedriver listens.
    """

    def __init__(self, port: int, profile: Path) -> None:
        self._port = port
        binary = next(found for found in map(shutil.which, BROWSERS) if found)
        options = {"binary": binary, "args": [*FLAGS, f"--user-data-dir={profile}"]}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self._session = ""
        self._session = f"/session/{self._send('POST', '/session', wanted)['sessionId']}"

    # -- pages ------------------------------------------------------------------------------------------

    def open(self, address: str) -> None:
        self._post("/url", url=address)

    @property
    def address(self) -> str:
        return str(self._get("/url"))

    @property
    def title(self) -> str:
        return str(self._get("/title"))

    @property
    def text(self) -> str:
        """What a reader sees."""
        return self.text_of("body")

    def text_of(self, selector: str) -> str:
        return str(self._get(f"/element/{self.find(selector)}/text"))

    def find(self, selector: str) -> str:
        """Return the id of the one element that a CSS selector names."""
        found = self.find_all(selector)
        assert len(found) == 1, f"{len(found)} elements are {selector!r}"
        return found[0]

    def find_all(self, selector: str) -> list[str]:
        found = self._post("/elements", using="css selector", value=selector)
        return [str(each[ELEMENT]) for each in found]

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so; the page may change meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(AssertionError, RuntimeError):
                if condition():
                    return
            time.sleep(0.02)
        raise AssertionError(f"it has not come in {PATIENCE} s; there is {self.address}: {self.text}")

    # -- what a user does ---------------------------------------------------------------------------------

    def click(self, selector: str) -> None:
        self._post(f"/element/{self.find(selector)}/click")

    def write(self, selector: str, text: str) -> None:
        self._post(f"/element/{self.find(selector)}/value", text=text)

    def press(self, *keys: str, shift: bool = False) -> None:
        """Press keys, one after the other, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        if shift:
            actions = [{"type": "keyDown", "value": SHIFT}, *actions, {"type": "keyUp", "value": SHIFT}]
        self._post("/actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    @property
    def focus(self) -> str:
        """The text of the element that has the focus; of a field its name."""
        element = self._get("/element/active")[ELEMENT]
        name = self._get(f"/element/{element}/property/name")
        return str(name or self._get(f"/element/{element}/text"))

    # -- what is special ----------------------------------------------------------------------------------

    def prefer(self, scheme: str) -> None:
        """Be light or dark."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self._devtools("Emulation.setEmulatedMedia", features=[feature])

    def size(self, width: int, height: int) -> None:
        """Set the size of the page in pixels."""
        measures = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._devtools("Emulation.setDeviceMetricsOverride", **measures)

    def scripts(self, *, allowed: bool) -> None:
        """Run JavaScript, or none."""
        self._devtools("Emulation.setScriptExecutionDisabled", value=not allowed)

    def as_at_first(self) -> None:
        """Undo what is special, and show an empty page."""
        self.scripts(allowed=True)
        self._devtools("Emulation.setEmulatedMedia", features=[])
        self._devtools("Emulation.clearDeviceMetricsOverride")
        self.open("about:blank")
        self.errors()

    def property(self, selector: str, name: str) -> Any:
        return self._get(f"/element/{self.find(selector)}/property/{name}")

    def style(self, selector: str, name: str, *, first: bool = False) -> str:
        element = self.find_all(selector)[0] if first else self.find(selector)
        return str(self._get(f"/element/{element}/css/{name}"))

    def run(self, script: str) -> Any:
        """Run JavaScript in the page."""
        return self._post("/execute/sync", script=script, args=[])

    def errors(self) -> list[str]:
        """What the browser has complained of since it was asked last."""
        found = self._send("POST", f"{self._session}/se/log", {"type": "browser"})
        return [str(each["message"]) for each in found]

    def picture(self) -> bytes:
        """Return a PNG file of what is seen."""
        return base64.b64decode(self._get("/screenshot"))

    def quit(self) -> None:
        self._send("DELETE", self._session)

    # -- the protocol -------------------------------------------------------------------------------------

    def _devtools(self, command: str, **words: Any) -> Any:
        return self._post("/goog/cdp/execute", cmd=command, params=words)

    def _get(self, path: str) -> Any:
        return self._send("GET", self._session + path)

    def _post(self, path: str, **words: Any) -> Any:
        return self._send("POST", self._session + path, words)

    def _send(self, method: str, path: str, words: dict[str, Any] | None = None) -> Any:
        body = None if words is None else json.dumps(words)
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)) as connection:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            value = json.loads(answer.read())["value"]
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {value.get('error')}: {value.get('message', '').splitlines()[0]}")
        return value


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """Run a browser for the length of a block; its files are in the folder."""
    port = free_port()
    driver = subprocess.Popen(
        ["chromedriver", f"--port={port}", f"--log-path={folder / 'chromedriver.log'}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        browser = Browser(port, folder / "profile")
        yield browser
        browser.quit()
    finally:
        driver.terminate()
        driver.wait(30)


def wait_for(port: int) -> None:
    """Wait until something listens."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on {port}")

"""A headless Chromium driven over two pipes (the DevTools protocol): no driver program, no library, no port."""

import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 60

_WITH_PIPES = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(name), fcntl.F_DUPFD, 10) for name in sys.argv[1:3]]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""The browser reads commands from descriptor 3 and writes to 4."""


def find_browser() -> str | None:
    """The browser's path, if the machine has one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Page:
    """One page: what it logged, what it asked of the network, and a way to run JavaScript and to use mouse and keys."""

    def __init__(self, program: str, home: Path) -> None:
        to_browser, from_browser = os.pipe(), os.pipe()
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={home}"]
        inherited = (to_browser[0], from_browser[1])
        command = [sys.executable, "-c", _WITH_PIPES, *map(str, inherited), program, *flags, "--window-size=1300,1600"]
        self.process = subprocess.Popen(command, pass_fds=inherited, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for descriptor in inherited:
            os.close(descriptor)
        self.to_browser, self.from_browser = to_browser[1], from_browser[0]
        self.numbers, self.pending, self.events = itertools.count(1), b"", []
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self._send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Network", "Page"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        """End the browser."""
        self.process.terminate()
        self.process.wait(SECONDS)
        os.close(self.to_browser)
        os.close(self.from_browser)

    def call(self, method: str, **parameters: Any) -> dict:
        """A command to the page."""
        return self._send(method, self.session, **parameters)

    def open(self, url: str) -> None:
        """Load a page afresh and wait until it says that it is ready."""
        self.events.clear()
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)
        self.wait_for("document.documentElement?.dataset.ready === 'yes'")

    def wait_for(self, condition: str) -> None:
        """Wait for a condition in JavaScript."""
        deadline = time.monotonic() + SECONDS
        while not self.value(condition):
            assert time.monotonic() < deadline, f"never came: {condition}; {self.complaints()}"
            time.sleep(0.05)

    def value(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press the mouse at one point, move it to another in steps, let go."""
        self._mouse("mousePressed", start)
        for step in range(1, 6):
            self._mouse("mouseMoved", tuple(a + (b - a) * step / 5 for a, b in zip(start, end, strict=True)))
        self._mouse("mouseReleased", end)

    def press(self, key: str) -> None:
        """Press a named key, such as ArrowRight."""
        code = {"ArrowLeft": 37, "ArrowRight": 39, "End": 35, "Home": 36}[key]
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def complaints(self) -> list[str]:
        """Errors and warnings: uncaught, logged by the page, or by the browser about it (as of a broken policy)."""
        found = [event for event in self.events if event["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")]
        logged = [event for event in self.events if event["method"] == "Runtime.consoleAPICalled"]
        return [json.dumps(event["params"])[:600] for event in found + logged]

    def requests(self) -> list[str]:
        """What the page asked for, itself and what it holds excepted."""
        asked = [event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"]
        return [url for url in asked if not url.startswith(("file:", "data:", "about:"))]

    def _mouse(self, kind: str, point: tuple[float, ...]) -> None:
        self.call("Input.dispatchMouseEvent", type=kind, x=point[0], y=point[1], button="left", buttons=1, clickCount=1)

    def _send(self, method: str, session: str | None = None, **parameters: Any) -> dict:
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != number:
            self.events.append(answer)
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def _receive(self) -> dict:
        while b"\0" not in self.pending:
            ready, _, _ = select.select([self.from_browser], [], [], SECONDS)
            assert ready, "the browser does not answer"
            read = os.read(self.from_browser, 1 << 20)
            assert read, "the browser has ended"
            self.pending += read
        message, self.pending = self.pending.split(b"\0", 1)
        return json.loads(message)

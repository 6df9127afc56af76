"""Opens pages in Chromium and says what becomes of them.

A line of standard input: {"file": path of the page, "width", "height", "dark": bool, "script": bool (default true), "steps": [step]}, where a step is
  {"evaluate": JavaScript}   whose value is an answer
  {"key": "Enter"}           pressed on the keyboard; "Shift+Tab" as well
  {"text": "abc"}            typed
  {"picture": path}          of the whole page, as PNG
  {"print": path}            as PDF
A line of standard output: {"answers": [...], "console": [texts], "requests": [addresses beside the page], "loaded": ms}.

It speaks the DevTools protocol over a pipe, which needs no library and no port.
"""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

KEYS = {"Enter": ("Enter", 13, "\r"), "Tab": ("Tab", 9, ""), "Escape": ("Escape", 27, ""), "Space": (" ", 32, " ")}


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="cloudflow-browser.")
        to_read, self.to_browser = os.pipe()
        self.from_browser, to_write = os.pipe()

        def own_descriptors():
            # High first: either may be 3 or 4 already.
            read, write = os.dup2(to_read, 103), os.dup2(to_write, 104)
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
             "--disable-background-networking", "--disable-dev-shm-usage", f"--user-data-dir={self.profile}", "about:blank"],
            preexec_fn=own_descriptors, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self.profile})
        os.close(to_read)
        os.close(to_write)
        self.rest = b""
        self.last = 0
        self.events = []

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def message(self):
        while b"\0" not in self.rest:
            got = os.read(self.from_browser, 1 << 20)
            if not got:
                raise RuntimeError("chromium has ended")
            self.rest += got
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def ask(self, method, session=None, **parameters):
        self.last += 1
        out = {"id": self.last, "method": method, "params": parameters}
        if session:
            out["sessionId"] = session
        os.write(self.to_browser, json.dumps(out).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.last:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.message())


def press(ask, name):
    shift = name.startswith("Shift+")
    key, number, text = KEYS[name.removeprefix("Shift+")]
    common = {"key": key, "code": key if key != " " else "Space", "windowsVirtualKeyCode": number, "modifiers": 8 if shift else 0}
    ask("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **({"text": text} if text else {}), **common)
    ask("Input.dispatchKeyEvent", type="keyUp", **common)


def resize(ask, job, height):
    width = job.get("width", 1200)
    ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)


def look(browser, job):
    address = pathlib.Path(job["file"]).resolve().as_uri()
    target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
    session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def ask(method, **parameters):
        return browser.ask(method, session, **parameters)

    browser.events.clear()
    for domain in ("Page", "Runtime", "Log", "Network"):
        ask(f"{domain}.enable")
    resize(ask, job, job.get("height", 800))
    ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if job.get("dark") else "light"}])
    if not job.get("script", True):
        ask("Emulation.setScriptExecutionDisabled", value=True)
    begin = time.monotonic()
    ask("Page.navigate", url=address)
    browser.wait("Page.loadEventFired")
    loaded = (time.monotonic() - begin) * 1000
    answers = []
    for step in job.get("steps", []):
        if "evaluate" in step:
            result = ask("Runtime.evaluate", expression=step["evaluate"], returnByValue=True, awaitPromise=True)
            if "exceptionDetails" in result:
                raise RuntimeError(f"{step['evaluate']}: {result['exceptionDetails']}")
            answers.append(result["result"].get("value"))
        elif "key" in step:
            press(ask, step["key"])
        elif "text" in step:
            ask("Input.insertText", text=step["text"])
        elif "picture" in step:
            # As high as all of it: what is out of sight is not painted.
            height = min(int(ask("Page.getLayoutMetrics")["cssContentSize"]["height"]) + 400, 5000)
            resize(ask, job, height)
            ask("Runtime.evaluate", expression="new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))",
                awaitPromise=True)
            shot = ask("Page.captureScreenshot")
            resize(ask, job, job.get("height", 800))
            pathlib.Path(step["picture"]).write_bytes(base64.b64decode(shot["data"]))
        elif "print" in step:
            pathlib.Path(step["print"]).write_bytes(base64.b64decode(ask("Page.printToPDF")["data"]))
    console = []
    requests = []
    for event in browser.events:
        parameters = event.get("params", {})
        if event.get("method") == "Runtime.consoleAPICalled":
            console.append(str(parameters["args"]))
        elif event.get("method") == "Runtime.exceptionThrown":
            console.append(str(parameters["exceptionDetails"]))
        elif event.get("method") == "Log.entryAdded":
            console.append(parameters["entry"]["text"])
        elif event.get("method") == "Page.javascriptDialogOpening":
            console.append("dialog: " + parameters["message"])
        elif event.get("method") == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            if url != address and not url.startswith("data:"):
                requests.append(url)
    browser.ask("Target.closeTarget", targetId=target)
    return {"answers": answers, "console": console, "requests": requests, "loaded": loaded}


browser = Browser()
try:
    for line in sys.stdin:
        print(json.dumps(look(browser, json.loads(line))), flush=True)
finally:
    browser.close()

"""JupyterLab in headless Chromium, in the few words that tests need.

Chromium is the system's own (Debian's package chromium, or Google Chrome); Playwright only drives
it.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat

# How long a test waits for what must come.
LIMIT = 60

# Screenshots of every test are kept here, to be looked at.
ARTIFACTS = Path(os.environ.get("ARTIFACTS", Path(__file__).resolve().parent / "artifacts"))

# Nothing is fetched from outside: the tests run where there is no network.
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]


def find_chromium():
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    raise RuntimeError("expected Chromium or Google Chrome in PATH; got neither. On Debian: apt install chromium")


class Server:
    """A JupyterLab server with settings of its own, over one folder of notebooks; a context manager
    that ends it."""

    def __init__(self, root, home):
        self.root, self.token = root, secrets.token_hex(16)
        settings = home / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text(
            json.dumps({"fetchNews": "false", "checkForUpdates": False}))
        self.log = open(home / "server.log", "w")
        env = os.environ | {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
                            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
                            "JUPYTER_CONFIG_DIR": str(home / "config"),
                            "JUPYTER_RUNTIME_DIR": str(home / "run")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0",
             f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={root}", "--LabApp.expose_app_in_browser=True"],
            env=env, stdout=self.log, stderr=subprocess.STDOUT, cwd=root)
        self.url = self._address(home / "run")

    def _address(self, runtime):
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            for file in runtime.glob("jpserver-*.json"):
                try:
                    url = json.loads(file.read_text())["url"]
                    urllib.request.urlopen(f"{url}api/status?token={self.token}", timeout=5).close()
                    return url
                except (OSError, ValueError):
                    pass
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError("JupyterLab did not start: " + Path(self.log.name).read_text())

    def notebook(self, name, *cells, kernel):
        """Writes a notebook of code cells."""
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        nb.metadata.kernelspec = {"name": kernel, "display_name": kernel, "language": "go"}
        nbformat.write(nb, self.root / name)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.terminate()
        self.process.wait(LIMIT)
        self.log.close()


class Notebook:
    """A notebook that is open in a page of its own."""

    def __init__(self, server, page, name):
        self.page, self.name = page, name
        page.set_default_timeout(LIMIT * 1000)
        page.goto(f"{server.url}lab/workspaces/{secrets.token_hex(4)}/tree/{name}?token={server.token}&reset")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        self.idle()

    def command(self, name, **args):
        """Runs one of JupyterLab's commands, as its menus do."""
        self.page.evaluate("([name, args]) => window.jupyterapp.commands.execute(name, args)", [name, args])

    def state(self):
        """The kernel's state as the toolbar shows it."""
        return self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status ?? 'none'")

    def idle(self, limit=LIMIT):
        """Waits until the kernel is idle and no cell waits to be run."""
        end, calm = time.monotonic() + limit, 0
        while time.monotonic() < end:
            waits = self.page.evaluate(
                "() => [...document.querySelectorAll('.jp-InputArea-prompt')].some(p => p.textContent.includes('*'))")
            calm = calm + 1 if self.state() == "idle" and not waits else 0
            if calm == 3:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"the kernel is {self.state()} after {limit} s")

    def run_all(self, limit=LIMIT):
        # Not self.command: that waits for the end of the cells, however long.
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
        self.page.wait_for_timeout(300)
        self.idle(limit)

    def run(self, i):
        """Starts a cell as Shift+Enter does, without waiting for its end."""
        self.edit(i)
        self.page.keyboard.press("Shift+Enter")

    def cell(self, i):
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(i)

    def edit(self, i):
        """Puts the cursor at the end of a cell."""
        self.cell(i).locator(".cm-content").click()
        self.page.keyboard.press("Control+End")

    def outputs(self, i):
        return self.cell(i).locator(".jp-OutputArea-output")

    def text(self, i):
        return "\n".join(self.outputs(i).all_inner_texts())

    def wait_for_text(self, i, text):
        self.outputs(i).get_by_text(text).first.wait_for()

    def theme(self, name):
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_function(f"() => document.body.dataset.jpThemeName === {json.dumps(name)}")

    def shot(self, name):
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"{name}.png")

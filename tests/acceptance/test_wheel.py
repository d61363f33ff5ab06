"""The wheel in an environment of its own, mounted in an app that has a package ``service``."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

from heartbeat_service.http.page import BUILT
from tests.support.paths import ROOT

APP = {
    "service/__init__.py": 'GREETING = "from the service of the app"\n',
    "main.py": """
from fastapi import FastAPI

from heartbeat_service.http import install
from service import GREETING

app = FastAPI()


@app.get("/hello")
def hello() -> str:
    return GREETING


install(app)
""",
    "calls.py": """
from fastapi.testclient import TestClient

import heartbeat_service
import service
from main import app

print(service.__file__)
print(heartbeat_service.__file__)
with TestClient(app, base_url="http://localhost") as client:
    print(client.get("/hello").json())
    print(client.post("/api/threads", json={"id": "demo"}).status_code)
    print(client.get("/api/threads/demo").status_code)
""",
}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel in it; its dependencies are those of the running one."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(
        sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder), cwd=ROOT
    )
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "environment", symlinks=True)
    python = folder / "environment" / "bin" / "python"
    # Paths that a .pth file adds are searched last, and their own .pth files, such as the checkout's, are not read.
    [site] = (folder / "environment" / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(
        "\n".join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    )
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    _run(*pip, "install", "--quiet", "--no-index", "--no-deps", str(wheel), cwd=folder)
    return python


def _run(*command: str, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "HEARTBEAT_HOME": str(folder / ".heartbeat")}


def test_an_app_with_a_service_of_its_own_mounts_it(python: Path, tmp_path: Path) -> None:
    _write(tmp_path, APP)
    printed = _run(str(python), "calls.py", cwd=tmp_path, env=_environment(tmp_path)).splitlines()
    site = python.parents[1] / "lib"
    assert Path(printed[0]) == tmp_path / "service" / "__init__.py"
    assert Path(printed[1]).is_relative_to(site)
    assert printed[2:] == ["from the service of the app", "201", "200"]


def test_the_wheel_claims_no_other_names(python: Path) -> None:
    [site] = (python.parents[1] / "lib").glob("python*/site-packages")
    packages = {path.parent.name for path in site.glob("*/__init__.py")}
    assert packages == {
        "heartbeat",
        "heartbeat_service",
        "graph",
        "nodes",
        "checkpoints",
        "heartbeat_decision",
    }
    assert not [path for path in site.rglob("*") if "tests" in path.parts[len(site.parts) :]]


@pytest.mark.skipif(not (BUILT / "index.html").exists(), reason="the panel is not built")
def test_the_wheel_holds_the_panel_in_each_form(python: Path) -> None:
    [panel] = (python.parents[1] / "lib").glob("python*/site-packages/heartbeat_service/panel")
    files = {path.relative_to(panel) for path in panel.rglob("*") if path.is_file()}
    assert files == {path.relative_to(BUILT) for path in BUILT.rglob("*") if path.is_file()}
    large = [
        path for path in files if path.suffix in {".js", ".css"} and (panel / path).stat().st_size > 4096
    ]
    assert large
    for path in large:
        plain = (panel / path).read_bytes()
        assert gzip.decompress((panel / f"{path}.gz").read_bytes()) == plain
        assert 0 < (panel / f"{path}.br").stat().st_size < len(plain)


@pytest.mark.parametrize("name", ["nodes/__init__.py", "graph.py", "checkpoints/__init__.py", "heartbeat.py"])
def test_an_app_with_a_package_of_the_same_name_is_told(python: Path, tmp_path: Path, name: str) -> None:
    _write(tmp_path, {**APP, name: ""})
    command = [str(python), "-c", "import main"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    package = name.partition("/")[0].removesuffix(".py")
    said = done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert said.startswith(
        f"ImportError: Heartbeat needs its own package {package} in {python.parents[1]}/lib/"
    )
    assert said.endswith(
        f"another one first, {tmp_path / name}; rename that one, or start the app where it is not on Python's path."
    )

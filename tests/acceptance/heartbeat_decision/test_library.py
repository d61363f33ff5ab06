"""The client library is imported whatever the environment holds."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ENVIRONMENTS = {
    "SOCKS": {"ALL_PROXY": "socks5://127.0.0.1:1080"},
    "SOCKS in small letters": {"https_proxy": "socks5h://127.0.0.1:1080"},
    "no proxy address": {"HTTP_PROXY": "http://[", "HTTPS_PROXY": "ftp://x"},
    "exemption that is none": {"NO_PROXY": "[::1"},
    "certificates": {"SSL_CERT_FILE": "/nonexistent/ca.pem"},
    "folder of certificates": {"SSL_CERT_DIR": "/nonexistent\x7f"},
    "address": {"OLLAMA_HOST": "::1"},
    "key": {"OLLAMA_API_KEY": "schlüssel\r"},
}


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_it_is_imported_and_the_environment_stays(environment: dict[str, str]) -> None:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith("SSL_CERT_")
    }
    code = f"import os, heartbeat_decision.library; assert {environment!r}.items() <= os.environ.items()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=kept | environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
